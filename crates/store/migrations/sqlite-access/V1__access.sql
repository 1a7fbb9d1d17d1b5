-- Who looked at whom: append-only.
CREATE TABLE access (
    seq     INTEGER PRIMARY KEY,
    person  BLOB NOT NULL,
    at      INTEGER NOT NULL,    -- milliseconds since 1970
    body    BLOB NOT NULL        -- JSON, sealed for (access, person, body)
);
CREATE INDEX access_person ON access (person, at);

-- What the store knows this log by; one row.
CREATE TABLE mark (
    value   BLOB NOT NULL        -- 16 bytes
);
