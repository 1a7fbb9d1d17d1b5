-- The journal: rows in order of arrival, never updated. No secondary index: what leads to a row
-- lies in index_page (a B-tree keyed by random ids would cost more than the rows).
CREATE TABLE entry (
    seq     INTEGER PRIMARY KEY, -- place in the journal, rising
    id      BLOB NOT NULL,       -- 16 bytes, the same at every node
    person  BLOB NOT NULL,       -- 16 bytes, this node's own
    kind    INTEGER NOT NULL,    -- Fact::kind
    member  INTEGER NOT NULL,    -- who stated it: origin.number
    day     INTEGER NOT NULL,    -- UTC day of admission by the first node, days since 1970-01-01
    local   INTEGER NOT NULL,    -- 1: means something only here, is not passed up
    blind   BLOB,                -- where the entry changed what a document leads to: its keyed hash
    body    BLOB NOT NULL        -- the rest, CBOR, sealed for (entry, id and person, body)
);

-- Members by number, as entries name them.
CREATE TABLE origin (
    number  INTEGER PRIMARY KEY,
    member  TEXT NOT NULL UNIQUE -- member id
);

-- Sorted runs of the log-structured indexes.
CREATE TABLE index_run (
    run     INTEGER PRIMARY KEY,
    name    INTEGER NOT NULL,    -- which index: 1 person, 2 entry, 3 document
    tier    INTEGER NOT NULL,    -- 0: flushed from memory; n+1: merged from runs of tier n
    entries INTEGER NOT NULL,
    fences  BLOB NOT NULL,       -- first key of each page, 16 bytes each
    bloom   BLOB NOT NULL        -- filter over the keys
);
CREATE TABLE index_page (
    place   INTEGER PRIMARY KEY, -- run * 2^24 + number of the page
    body    BLOB NOT NULL        -- packed sorted entries: key (16), value (8 or 16)
);

-- Count and digest per member and day, of entries that are passed up.
CREATE TABLE origin_day (
    member  INTEGER NOT NULL,    -- origin.number
    day     INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    digest  BLOB NOT NULL,       -- 16 bytes, wrapping sum
    first   INTEGER NOT NULL,    -- first and last place in the journal, bounds for a scan
    last    INTEGER NOT NULL,
    PRIMARY KEY (member, day)
) WITHOUT ROWID;

-- Links between persons, by the last entry about each pair (smaller id first).
CREATE TABLE person_link (
    a       BLOB NOT NULL,
    b       BLOB NOT NULL,
    linked  INTEGER NOT NULL,    -- 1 linked, 0 undone
    entry   BLOB NOT NULL,       -- the entry that says so
    PRIMARY KEY (a, b)
) WITHOUT ROWID;

-- Requests for correction, for the queue of the member that must answer.
CREATE TABLE correction (
    request BLOB PRIMARY KEY,    -- entry id
    record  BLOB,                -- entry id; NULL while only the answer has arrived
    member  INTEGER,             -- origin.number of the record; NULL while the record is not here
    person  BLOB,                -- who asked; NULL while only the answer has arrived
    answer  BLOB                 -- entry id
) WITHOUT ROWID;
CREATE INDEX correction_member ON correction (member, answer);

-- What the store knows about itself: `indexed` (up to which place the runs reach), `outbox`,
-- `persons`, `floor` (places up to here are not given out), how it knows its keys (`seal-check`,
-- `blind-check`) and its access log again (`access-log`).
CREATE TABLE meta (
    name    TEXT PRIMARY KEY,
    value   BLOB NOT NULL        -- a number, or bytes
) WITHOUT ROWID;
CREATE TABLE inbox (
    node    TEXT PRIMARY KEY,    -- member id of the child
    seq     INTEGER NOT NULL     -- everything up to here of its journal has arrived
) WITHOUT ROWID;
