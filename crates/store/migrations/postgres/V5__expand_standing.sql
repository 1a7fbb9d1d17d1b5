-- What persons were last told of their level in an event. Levels are decided from the journal,
-- never from here.
CREATE TABLE standing (
    person uuid   NOT NULL,
    event  text   NOT NULL,
    due    bigint,              -- when to decide again without any new entry, ms since 1970
    body   bytea  NOT NULL,     -- sealed for (standing, person and event, body)
    PRIMARY KEY (person, event)
);
ALTER TABLE standing ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX standing_due ON standing (due) WHERE due IS NOT NULL;
CREATE INDEX standing_event ON standing (event, person);

-- Whom a change of an area may concern.
CREATE TABLE whereabouts (
    place  uuid NOT NULL,       -- blinded division
    person uuid NOT NULL,
    PRIMARY KEY (person, place)
);
CREATE INDEX whereabouts_place ON whereabouts (place, person);

-- Leaves that wait for the ledger, by their number in it.
CREATE TABLE leaf (
    number bigint PRIMARY KEY,
    body   bytea  NOT NULL
);
INSERT INTO meta (name, number) VALUES ('followed', 0), ('leaves', 0);
