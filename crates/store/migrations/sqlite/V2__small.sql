CREATE TABLE consent (
    id      TEXT PRIMARY KEY,    -- grant id
    person  BLOB NOT NULL,
    member  TEXT NOT NULL,
    purpose TEXT NOT NULL,
    expires INTEGER NOT NULL,    -- milliseconds since 1970, evaluated when read
    body    TEXT NOT NULL        -- the grant, JSON
) WITHOUT ROWID;
CREATE INDEX consent_person ON consent (person, expires);

-- What goes down the tree, numbered.
CREATE TABLE feed (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    region  TEXT,                -- NULL: every node below
    body    BLOB NOT NULL        -- the item, JSON, sealed for (feed, number, body)
);

-- Small documents, every version kept.
CREATE TABLE registry (
    version    INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    key        TEXT NOT NULL,
    at         INTEGER NOT NULL, -- milliseconds since 1970
    body       BLOB NOT NULL     -- JSON, sealed for (document, collection and key, body)
);
CREATE INDEX registry_key ON registry (collection, key, version);

-- Single values that the node remembers.
CREATE TABLE setting (
    name    TEXT PRIMARY KEY,
    value   BLOB NOT NULL        -- text, sealed for (setting, name, value)
) WITHOUT ROWID;

-- Tokens that were used and must not be used again.
CREATE TABLE used_once (
    scope   TEXT NOT NULL,
    token   TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (scope, token)
) WITHOUT ROWID;
CREATE INDEX used_once_expires ON used_once (expires);

CREATE TABLE one_time_code (
    id      TEXT PRIMARY KEY,
    person  BLOB NOT NULL,
    hash    BLOB NOT NULL,       -- SHA-256 of id and code
    expires INTEGER NOT NULL,
    tries   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
    hash    BLOB PRIMARY KEY,    -- SHA-256 of the token
    person  BLOB NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE device (
    id         TEXT NOT NULL,
    person     BLOB NOT NULL,
    cose_key   BLOB NOT NULL,
    registered INTEGER NOT NULL,
    revoked    INTEGER,
    PRIMARY KEY (id, person)
) WITHOUT ROWID;
CREATE INDEX device_person ON device (person);
