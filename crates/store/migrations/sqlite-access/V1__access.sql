-- Who looked at whom: append-only, in order of arrival. What leads to a person's rows lies in
-- index_page.
CREATE TABLE access (
    seq     INTEGER PRIMARY KEY,
    person  BLOB NOT NULL,
    at      INTEGER NOT NULL,    -- milliseconds since 1970
    body    BLOB NOT NULL        -- JSON, sealed for (access, person, body)
);

-- Sorted runs of the log-structured index by person, as in the store itself.
CREATE TABLE index_run (
    run     INTEGER PRIMARY KEY,
    name    INTEGER NOT NULL,    -- which index: 1 person
    tier    INTEGER NOT NULL,    -- 0: flushed from memory; n+1: merged from runs of tier n
    entries INTEGER NOT NULL,
    fences  BLOB NOT NULL,       -- first key of each page, 16 bytes each
    bloom   BLOB NOT NULL        -- filter over the keys
);
CREATE TABLE index_page (
    place   INTEGER PRIMARY KEY, -- run * 2^24 + number of the page
    body    BLOB NOT NULL        -- packed sorted entries: key (16), value (8)
);

-- What the log knows about itself: `indexed` (up to which place the runs reach), `mark` (16 bytes
-- that the store knows it by).
CREATE TABLE meta (
    name    TEXT PRIMARY KEY,
    value   BLOB NOT NULL
) WITHOUT ROWID;
