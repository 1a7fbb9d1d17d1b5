-- Everything besides the journal. Texts that come from outside are bytea (UTF-8), for PostgreSQL's
-- text cannot hold every character; times are milliseconds since 1970, evaluated when read.

-- Who looked at whom: append-only.
CREATE TABLE access (
    person  uuid   NOT NULL,
    at      bigint NOT NULL,
    n       bigint NOT NULL,   -- rising in each process: tells accesses of one moment apart
    body    bytea  NOT NULL,   -- JSON, sealed for (access, person, body)
    PRIMARY KEY (person, at, n)
);
ALTER TABLE access ALTER COLUMN body SET STORAGE EXTERNAL;

-- Grants.
CREATE TABLE consent (
    id      bytea  NOT NULL,   -- grant id
    person  uuid   NOT NULL,
    expires bigint NOT NULL,
    member  text   NOT NULL,   -- who may read
    purpose text   NOT NULL,   -- for what
    body    text   NOT NULL,   -- the grant, JSON
    PRIMARY KEY (person, id)
);

-- What goes down the tree, numbered from 1 without gaps.
CREATE TABLE feed (
    number  bigint PRIMARY KEY,
    region  text,              -- NULL: every node below
    body    bytea NOT NULL     -- the item, JSON, sealed for (feed, number, body)
);

-- Small documents, every version kept.
CREATE TABLE registry (
    version    bigint PRIMARY KEY,
    collection text   NOT NULL,
    key        bytea  NOT NULL,
    at         bigint NOT NULL,
    body       bytea  NOT NULL -- JSON, sealed for (document, collection and key, body)
);
CREATE INDEX registry_key ON registry (collection, key, version);

-- Single values that the node remembers.
CREATE TABLE setting (
    name    text PRIMARY KEY,
    value   bytea NOT NULL     -- text, sealed for (setting, name, value)
);

-- Tokens that were used and must not be used again.
CREATE TABLE used_once (
    scope   text   NOT NULL,
    token   bytea  NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (scope, token)
);
CREATE INDEX used_once_expires ON used_once (expires);

-- One-time codes that wait to be used.
CREATE TABLE one_time_code (
    id      bytea  PRIMARY KEY, -- id of the challenge
    person  uuid   NOT NULL,
    hash    bytea  NOT NULL,    -- SHA-256 of id and code
    expires bigint NOT NULL,
    tries   int    NOT NULL
);
CREATE INDEX one_time_code_expires ON one_time_code (expires);

-- Residents' sessions.
CREATE TABLE session (
    hash    bytea  PRIMARY KEY, -- SHA-256 of the token
    person  uuid   NOT NULL,
    expires bigint NOT NULL
);

-- Residents' phones.
CREATE TABLE device (
    id         bytea  NOT NULL, -- derived from the key
    person     uuid   NOT NULL,
    cose_key   bytea  NOT NULL, -- public
    registered bigint NOT NULL,
    revoked    bigint,          -- NULL: in use
    PRIMARY KEY (person, id)
);
