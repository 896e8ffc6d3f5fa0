-- Facts about this database. `identity` ties an index to it.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO facts VALUES ('identity', lower(hex(randomblob(16))));

-- `documents` and `chunks` are counted here, in the transaction that changes them.
CREATE TABLE sources (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    extension  TEXT NOT NULL DEFAULT '',
    checkpoint TEXT,
    synced     INTEGER,
    failure    TEXT,
    documents  INTEGER NOT NULL DEFAULT 0,
    chunks     INTEGER NOT NULL DEFAULT 0
);

-- AUTOINCREMENT: a number is never used twice, so the index may trust it.
-- The text comes last: what precedes it is read without its overflow pages.
CREATE TABLE documents (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL,
    source       INTEGER NOT NULL REFERENCES sources (number),
    chunk_count  INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    document_id  TEXT NOT NULL,
    version      TEXT NOT NULL,
    title        TEXT,
    author       TEXT,
    uri          TEXT,
    media_type   TEXT NOT NULL,
    language     TEXT,
    created      INTEGER,
    modified     INTEGER,
    data_classes TEXT,
    metadata     TEXT NOT NULL,
    size         INTEGER NOT NULL,
    text         TEXT NOT NULL
);
CREATE INDEX documents_of_source ON documents (source);

-- Where a document is by its id. Ids are as good as random, so each new one
-- lands on another page; they gather in `recent_ids`, whose few pages are cheap
-- to write again, and go over to `ids` some thousands at a time.
CREATE TABLE ids (
    id       BLOB PRIMARY KEY,
    document INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recent_ids (
    id       BLOB PRIMARY KEY,
    document INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIEW all_ids AS
    SELECT id, document FROM ids UNION ALL SELECT id, document FROM recent_ids;
CREATE TRIGGER document_added AFTER INSERT ON documents BEGIN
    INSERT INTO recent_ids VALUES (new.id, new.number);
END;
CREATE TRIGGER document_removed AFTER DELETE ON documents BEGIN
    DELETE FROM ids WHERE id = old.id;
    DELETE FROM recent_ids WHERE id = old.id;
END;

CREATE TABLE chunks (
    document    INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    "end"       INTEGER NOT NULL,
    breadcrumbs TEXT,
    PRIMARY KEY (document, position)
) WITHOUT ROWID;

-- Documents that the index has yet to look at, in the order of the changes.
-- `fresh`: the index has never seen the document, so nothing is deleted first.
CREATE TABLE outbox (
    line     INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,
    fresh    INTEGER NOT NULL
);

CREATE TABLE pairs (
    extension TEXT NOT NULL,
    bucket    TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     BLOB NOT NULL,
    PRIMARY KEY (extension, bucket, key)
) WITHOUT ROWID;

CREATE TABLE pair_usage (
    extension TEXT PRIMARY KEY,
    bytes     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE journal (
    number      INTEGER PRIMARY KEY,
    time        INTEGER NOT NULL,
    extension   TEXT NOT NULL,
    role        TEXT NOT NULL,
    name        TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    message     TEXT,
    fuel        INTEGER NOT NULL,
    peak_memory INTEGER NOT NULL,
    wall_us     INTEGER NOT NULL,
    host_calls  INTEGER NOT NULL,
    caller      TEXT
);

-- Rows are kept when their tool is gone.
CREATE TABLE wire_names (
    extension TEXT NOT NULL,
    tool      TEXT NOT NULL,
    wire      TEXT NOT NULL UNIQUE,
    PRIMARY KEY (extension, tool)
) WITHOUT ROWID;
