-- `bound_to` is the digest of an extension, or the path of one that is trusted
-- by its place. `extra` is the path of a granted folder.
CREATE TABLE grants (
    extension  TEXT NOT NULL,
    bound_by   TEXT NOT NULL CHECK (bound_by IN ('digest', 'path')),
    bound_to   TEXT NOT NULL,
    capability TEXT NOT NULL,
    value      TEXT NOT NULL,
    extra      TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (extension, bound_by, bound_to, capability, value)
) WITHOUT ROWID;

-- What the operator said no to, so that nobody asks twice.
CREATE TABLE refusals (
    extension  TEXT NOT NULL,
    bound_by   TEXT NOT NULL CHECK (bound_by IN ('digest', 'path')),
    bound_to   TEXT NOT NULL,
    capability TEXT NOT NULL,
    value      TEXT NOT NULL,
    extra      TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (extension, bound_by, bound_to, capability, value)
) WITHOUT ROWID;

-- One config of one workspace counts as the operator's own word.
CREATE TABLE trust (
    path   TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID;
