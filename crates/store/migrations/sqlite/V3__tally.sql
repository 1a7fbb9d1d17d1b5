-- Counters for dashboards: made from the journal, up to the place that meta keeps as `tallied`.
-- Those of refused rows (facet 5) are added to as rows are refused.
CREATE TABLE tally (
    facet   INTEGER NOT NULL,    -- Facet
    day     INTEGER NOT NULL,    -- days since 1970-01-01
    region  TEXT NOT NULL,       -- '' where the facet is by member
    member  TEXT NOT NULL,       -- '' where the facet is by region
    what    TEXT NOT NULL,
    dose    INTEGER NOT NULL,
    age     INTEGER NOT NULL,    -- first year of the band; 255: not known
    sex     INTEGER NOT NULL,    -- ISO/IEC 5218
    count   INTEGER NOT NULL,
    PRIMARY KEY (facet, day, region, member, what, dose, age, sex)
) WITHOUT ROWID;
