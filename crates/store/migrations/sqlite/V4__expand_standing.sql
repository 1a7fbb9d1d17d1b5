-- What persons were last told of their level in an event. Levels are decided from the journal,
-- never from here.
CREATE TABLE standing (
    seq    INTEGER PRIMARY KEY,
    person BLOB NOT NULL,
    event  TEXT NOT NULL,
    due    INTEGER,              -- when to decide again without any new entry, ms since 1970
    body   BLOB NOT NULL,        -- sealed for (standing, person and event, body)
    UNIQUE (person, event)
);
CREATE INDEX standing_due ON standing (due) WHERE due IS NOT NULL;
CREATE INDEX standing_event ON standing (event, person);

-- Whom a change of an area may concern.
CREATE TABLE whereabouts (
    place  BLOB NOT NULL,        -- blinded division
    person BLOB NOT NULL,
    PRIMARY KEY (place, person)
) WITHOUT ROWID;

-- Leaves that wait for the ledger, by their number in it.
CREATE TABLE leaf (
    number INTEGER PRIMARY KEY,
    body   BLOB NOT NULL
);
