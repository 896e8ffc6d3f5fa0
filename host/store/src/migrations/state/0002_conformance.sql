-- What the conformance suite found: for each version of an extension, and each
-- version of the suite. `failures` is a JSON list of the checks that failed.
CREATE TABLE conformance (
    digest    TEXT NOT NULL,
    suite     TEXT NOT NULL,
    extension TEXT NOT NULL,
    passed    INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    warned    INTEGER NOT NULL,
    skipped   INTEGER NOT NULL,
    failures  TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (digest, suite)
) WITHOUT ROWID;

CREATE INDEX conformance_of ON conformance (extension, at);
