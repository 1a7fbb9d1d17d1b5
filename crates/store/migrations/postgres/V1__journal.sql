-- The journal and what leads to it. Made so that it can be distributed by person later: each table
-- that grows with persons begins its key with the person (or the document), and there are no
-- triggers, foreign keys or serial columns. 16-byte ids are uuid, which are stored without length.

-- Entries in order of arrival, never updated but to be sealed again. Columns by alignment.
CREATE TABLE entry (
    seq     bigint   NOT NULL, -- place in the journal, rising in the order of commits, no gaps
    person  uuid     NOT NULL, -- this node's own id of the person
    id      uuid     NOT NULL, -- the same at every node
    member  int      NOT NULL, -- who stated it: origin.number
    day     int      NOT NULL, -- UTC day of admission by the first node, days since 1970-01-01
    kind    smallint NOT NULL, -- Fact::kind
    local   boolean  NOT NULL, -- means something only here, is not passed up
    blind   uuid,              -- where the entry changed what a document leads to: its keyed hash
    body    bytea    NOT NULL, -- the rest, CBOR, sealed for (entry, person and id, body)
    PRIMARY KEY (person, seq)
);
-- Sealed bodies do not compress; nobody should try.
ALTER TABLE entry ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX entry_id ON entry USING hash (id);
-- Rows lie in the order of seq: ranges of pages are enough to find them by it.
CREATE INDEX entry_seq ON entry USING brin (seq) WITH (pages_per_range = 32, autosummarize = on);

-- What documents lead to.
CREATE TABLE document_lead (
    blind   uuid PRIMARY KEY,  -- keyed hash of the document
    person  uuid               -- NULL: it was taken away from whoever had it
);

-- Links between persons, by the last entry about each pair; each in both directions.
CREATE TABLE person_link (
    a       uuid    NOT NULL,
    b       uuid    NOT NULL,
    linked  boolean NOT NULL,  -- false: stated not to be the same
    entry   uuid    NOT NULL,  -- the entry that says so
    PRIMARY KEY (a, b)
);

-- Members by number, as entries name them. Numbers never change.
CREATE TABLE origin (
    number  int  PRIMARY KEY,
    member  text NOT NULL UNIQUE -- member id
);

-- Count and digest per member and day, of entries that are passed up.
CREATE TABLE origin_day (
    member  int         NOT NULL, -- origin.number
    day     int         NOT NULL,
    count   bigint      NOT NULL,
    digest  numeric(39) NOT NULL, -- wrapping sum, below 2^128
    first   bigint      NOT NULL, -- first and last place in the journal, bounds for a scan
    last    bigint      NOT NULL,
    PRIMARY KEY (member, day)
);

-- Requests for correction, for the queue of the member that must answer.
CREATE TABLE correction (
    request uuid PRIMARY KEY,  -- entry id
    record  uuid,              -- entry id; NULL while only the answer has arrived
    member  int,               -- origin.number of the record; NULL while the record is not here
    person  uuid,              -- who asked; NULL while only the answer has arrived
    answer  uuid               -- entry id
);
CREATE INDEX correction_member ON correction (member, answer);

-- Up to where the journals of nodes below have arrived.
CREATE TABLE inbox (
    node    text   PRIMARY KEY, -- member id of the child
    seq     bigint NOT NULL     -- everything up to here has arrived
);

-- Whoever admits locks this table first: one transaction at a time, over all processes, so that the
-- order of places is the order of commits. It has no rows.
CREATE TABLE journal_turn (
    turn    int                 -- never used
);

-- How far the journal is; one row.
CREATE TABLE journal (
    head    bigint NOT NULL,    -- the last place
    persons bigint NOT NULL     -- how many persons there are
);
INSERT INTO journal (head, persons) VALUES (0, 0);

-- Processes that admit, each with the number of its last transaction: after a connection was lost
-- while committing, it finds out here whether that transaction is there.
CREATE TABLE writer (
    id      uuid        PRIMARY KEY,
    batch   bigint      NOT NULL,               -- number of its last transaction
    seen    timestamptz NOT NULL DEFAULT now()  -- when it was opened
);

-- What the store knows about itself: `outbox` (up to where the parent has acknowledged), `feed` and
-- `registry` (the last number given), how it knows its keys again (`seal-check`, `blind-check`).
CREATE TABLE meta (
    name    text PRIMARY KEY,
    number  bigint,
    value   bytea
);
INSERT INTO meta (name, number) VALUES ('outbox', 0), ('feed', 0), ('registry', 0);
