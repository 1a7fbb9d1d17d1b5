-- Counters for dashboards: made from the journal, up to the place that meta keeps as `tallied`.
-- Those of refused rows (facet 5) are added to as rows are refused.
CREATE TABLE tally (
    facet   smallint NOT NULL, -- Facet
    day     int      NOT NULL, -- days since 1970-01-01
    region  text     NOT NULL, -- '' where the facet is by member
    member  text     NOT NULL, -- '' where the facet is by region
    what    text     NOT NULL,
    dose    int      NOT NULL,
    age     smallint NOT NULL, -- first year of the band; 255: not known
    sex     smallint NOT NULL, -- ISO/IEC 5218
    count   bigint   NOT NULL,
    PRIMARY KEY (facet, day, region, member, what, dose, age, sex)
);
INSERT INTO meta (name, number) VALUES ('tallied', 0);
