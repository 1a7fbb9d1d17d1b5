-- The embedded store, version 1. Forward only: never change this file once a store was made with it.

-- What the store knows about itself.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,              -- `check-seal`, `check-blind`, `persons`, `outbox`
    value BLOB NOT NULL                 -- as the name says: sealed text, 16 bytes, or a number
) WITHOUT ROWID;

-- Members, as small numbers: an entry names its member in two bytes instead of twenty.
CREATE TABLE member (
    member INTEGER PRIMARY KEY,         -- the number
    name TEXT NOT NULL UNIQUE           -- the member id, REGION.NAME
);

-- The journal. Appended in order of `seq` and never changed; look-up by anything else goes through
-- `index_page`, so that appending never touches a random place of the file.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,            -- place in the journal, from 1, without gaps
    id BLOB NOT NULL,                   -- entry id, 16 bytes
    person BLOB NOT NULL,               -- person id, 16 bytes
    kind INTEGER NOT NULL,              -- Fact::kind
    member INTEGER NOT NULL,            -- who stated it
    day INTEGER NOT NULL,               -- UTC day of times.admitted, days since 1970-01-01
    flags INTEGER NOT NULL,             -- 1: means something only here, not passed up
    blind BLOB,                         -- where the entry changed what a document leads to: its blind index
    sealed BLOB NOT NULL                -- the rest of the entry in CBOR, sealed (row id: id)
);

-- Counts and digests per member and day, of entries that are passed up.
CREATE TABLE origin_day (
    member INTEGER NOT NULL,            -- who stated them
    day INTEGER NOT NULL,               -- UTC day of times.admitted
    count INTEGER NOT NULL,             -- how many
    digest BLOB NOT NULL,               -- wrapping sum of their digests, 16 bytes, big-endian
    first_seq INTEGER NOT NULL,         -- place of the first of them, to bound a scan
    last_seq INTEGER NOT NULL,          -- place of the last of them
    PRIMARY KEY (member, day)
) WITHOUT ROWID;
CREATE INDEX origin_day_by_day ON origin_day (day);

-- Links between persons, append-only: the latest row of a pair says whether it stands.
CREATE TABLE person_link (
    link INTEGER PRIMARY KEY,           -- order of arrival
    low BLOB NOT NULL,                  -- the smaller person id
    high BLOB NOT NULL,                 -- the greater person id
    active INTEGER NOT NULL             -- 1 linked, 0 not linked after all
);

-- Requests for correction.
CREATE TABLE correction (
    request BLOB PRIMARY KEY,           -- id of the CorrectionRequest entry
    record BLOB,                        -- id of the record; null while only the answer has arrived
    person BLOB,                        -- the person who asked; null while only the answer has arrived
    member INTEGER,                     -- who stated the record; null while the record is not here
    answer BLOB                         -- id of the CorrectionAnswer entry; null while open
) WITHOUT ROWID;
CREATE INDEX correction_by_member ON correction (member);

-- How far the journals of nodes below have arrived.
CREATE TABLE inbox (
    node TEXT PRIMARY KEY,              -- member id of the child
    seq INTEGER NOT NULL                -- place in the child's journal
) WITHOUT ROWID;

-- Runs of the log-structured indexes: sorted, immutable, merged into greater ones.
CREATE TABLE index_run (
    run INTEGER PRIMARY KEY,            -- number of the run, never used again
    kind INTEGER NOT NULL,              -- which index: 0 entry id, 1 person, 2 document, 3 access
    tier INTEGER NOT NULL,              -- 0 flushed from memory, n merged from tier n-1
    state INTEGER NOT NULL,             -- 0 being written, 1 in use, 2 replaced, to be removed
    entries INTEGER NOT NULL,           -- how many index entries it holds
    last_seq INTEGER NOT NULL           -- every row up to this place is in this or an older run
);

-- Pages of the runs.
CREATE TABLE index_page (
    page INTEGER PRIMARY KEY,           -- run * 2^24 + number of the page within the run
    body BLOB NOT NULL                  -- packed sorted index entries: key (16), value (8 or 16)
);

-- First keys and Bloom filters of the pages, sixteen to a row; kept in memory while open.
CREATE TABLE index_fence (
    fence INTEGER PRIMARY KEY,          -- run * 2^24 + number of the first page / 16
    body BLOB NOT NULL                  -- for each page: first key (16), filter (448)
);
