-- Accesses, grants, the feed, small shared data, residents.

-- Who looked at whom. Append-only; found by person through `index_page`.
CREATE TABLE access (
    seq INTEGER PRIMARY KEY,            -- order, from 1
    id BLOB NOT NULL,                   -- 16 random bytes: the row id that the seal is bound to
    person BLOB NOT NULL,               -- whose records, 16 bytes
    at INTEGER NOT NULL,                -- when, milliseconds since 1970
    sealed BLOB NOT NULL                -- the access in JSON, sealed (row id: id)
);

-- Permissions.
CREATE TABLE permission (
    id TEXT PRIMARY KEY,                -- grant id, hexadecimal
    person BLOB NOT NULL,               -- whose records, 16 bytes
    member TEXT NOT NULL,               -- who may read
    purpose TEXT NOT NULL,              -- for what, HL7 code
    basis TEXT NOT NULL,                -- how it was given
    granted_at INTEGER NOT NULL,        -- from when, milliseconds since 1970
    expires_at INTEGER NOT NULL,        -- until when, milliseconds since 1970
    revoked INTEGER NOT NULL            -- 1 when the person ended it
);
CREATE INDEX permission_by_person ON permission (person);

-- What goes down the tree.
CREATE TABLE feed (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- from 1, never used again
    kind TEXT NOT NULL,                 -- what it is
    region TEXT,                        -- the region it is for; null: every node below
    at INTEGER NOT NULL,                -- when it was made, milliseconds since 1970
    sealed BLOB NOT NULL                -- the content, sealed (row id: number, 8 bytes)
);

-- Small shared documents, every version kept.
CREATE TABLE document (
    collection TEXT NOT NULL,           -- `member`, `adapter`, …
    key TEXT NOT NULL,                  -- key within the collection
    version INTEGER NOT NULL,           -- from 1
    at INTEGER NOT NULL,                -- when it was written, milliseconds since 1970
    sealed BLOB NOT NULL,               -- the document in JSON, sealed (row id: all three)
    PRIMARY KEY (collection, key, version)
) WITHOUT ROWID;

-- Single values.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,              -- which
    sealed BLOB NOT NULL                -- the value, sealed (row id: name)
) WITHOUT ROWID;

-- Things that may be used once.
CREATE TABLE used (
    token BLOB PRIMARY KEY,             -- first 16 bytes of SHA-256 over scope and token
    expires_at INTEGER NOT NULL         -- may be forgotten after, milliseconds since 1970
);
CREATE INDEX used_by_expiry ON used (expires_at);

-- One-time codes that wait.
CREATE TABLE one_time_code (
    id TEXT PRIMARY KEY,                -- id of the challenge
    person BLOB NOT NULL,               -- whose, 16 bytes
    hash BLOB NOT NULL,                 -- SHA-256 of id and code, 32 bytes
    expires_at INTEGER NOT NULL,        -- until when, milliseconds since 1970
    tries INTEGER NOT NULL              -- wrong tries so far
);
CREATE INDEX one_time_code_by_expiry ON one_time_code (expires_at);

-- Residents' sessions.
CREATE TABLE session (
    hash BLOB PRIMARY KEY,              -- SHA-256 of the token, 32 bytes
    person BLOB NOT NULL,               -- who signed in, 16 bytes
    expires_at INTEGER NOT NULL         -- until when, milliseconds since 1970
);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Phones' keys.
CREATE TABLE device (
    id TEXT PRIMARY KEY,                -- hexadecimal, derived from the key
    person BLOB NOT NULL,               -- whose code it shows, 16 bytes
    cose_key BLOB NOT NULL,             -- public key, COSE_Key
    registered_at INTEGER NOT NULL,     -- when, milliseconds since 1970
    revoked_at INTEGER                  -- when it was withdrawn; null while in use
);
CREATE INDEX device_by_person ON device (person);
