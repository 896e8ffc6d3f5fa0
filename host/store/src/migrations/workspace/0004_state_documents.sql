-- What extensions keep of a conversation or an entity: one JSON object each,
-- changed by transactions alone.
CREATE TABLE state_documents (
    tenant  TEXT NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

-- Which transactions were here. One of them is never applied twice.
CREATE TABLE state_tx_log (
    tenant      TEXT NOT NULL,
    extension   TEXT NOT NULL,
    tx_id       TEXT NOT NULL,
    document    TEXT NOT NULL,
    -- applied, partial, skipped or rejected.
    outcome     TEXT NOT NULL,
    before_hash BLOB NOT NULL,
    after_hash  BLOB NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (tenant, extension, tx_id)
) WITHOUT ROWID;
