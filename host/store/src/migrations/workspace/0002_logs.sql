-- Which request a call belonged to: a W3C trace id.
ALTER TABLE journal ADD COLUMN request TEXT;
CREATE INDEX journal_extension ON journal (extension, number);

-- What extensions said while they ran, with secrets taken out.
CREATE TABLE log (
    number    INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    extension TEXT NOT NULL,
    request   TEXT,
    level     INTEGER NOT NULL,
    message   TEXT NOT NULL,
    -- A JSON object of texts, if there are any.
    fields    TEXT
);
CREATE INDEX log_extension ON log (extension, number);
