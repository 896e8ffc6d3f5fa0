-- What said what chunks mean. A vector of one model says nothing about another.
CREATE TABLE models (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    dims   INTEGER NOT NULL,
    UNIQUE (name, dims)
);

-- Which model an embedder with its settings turned out to be.
CREATE TABLE embedders (
    stamp TEXT PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models (number)
) WITHOUT ROWID;

-- f32, little endian, of length 1. `hash` is of the text that was embedded, so
-- that a chunk that did not change keeps its vector when its document does.
-- AUTOINCREMENT: whoever has read up to a number reads on from there.
CREATE TABLE vectors (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model    INTEGER NOT NULL REFERENCES models (number),
    hash     BLOB NOT NULL,
    vector   BLOB NOT NULL,
    UNIQUE (document, position)
);

-- Whoever holds vectors in memory starts again when this number has changed.
INSERT INTO facts VALUES ('vectors_removed', '0');
CREATE TRIGGER vector_removed AFTER DELETE ON vectors BEGIN
    UPDATE facts SET value = value + 1 WHERE name = 'vectors_removed';
END;
