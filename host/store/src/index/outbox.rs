//! What the database has to tell the index: lines that name changed
//! documents, in order. A line goes once a commit of the index carries it.

use rusqlite::Connection;

use super::schema::Stamp;
use crate::StoreError;
use crate::database::Database;

/// Lines read at once.
const BATCH: i64 = 512;

/// Where the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outbox {
    /// The first line that is still there.
    pub(crate) first: Option<i64>,
    /// The last line that ever was.
    pub(crate) last: i64,
}

/// A line: a document has changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Changed {
    pub(crate) line: i64,
    pub(crate) document: i64,
    /// The index cannot have seen the document before.
    pub(crate) fresh: bool,
}

impl Outbox {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(
                "SELECT (SELECT min(line) FROM outbox),
                     (SELECT seq FROM sqlite_sequence WHERE name = 'outbox')",
            )?
            .query_row([], |row| {
                Ok(Self { first: row.get(0)?, last: row.get::<_, Option<i64>>(1)?.unwrap_or(0) })
            })
    }

    /// Whether an index with this stamp can be brought up to date by the lines
    /// that are there. Not so if either side was put back to an older state.
    pub(crate) fn follows(&self, stamp: &Stamp) -> bool {
        let first = self.first.unwrap_or(self.last + 1);
        (first - 1..=self.last).contains(&stamp.line)
    }
}

/// Returns the next lines after `line`, in order.
pub(crate) fn after(connection: &Connection, line: i64) -> rusqlite::Result<Vec<Changed>> {
    connection
        .prepare_cached(
            "SELECT line, document, fresh FROM outbox WHERE line > ?1 ORDER BY line LIMIT ?2",
        )?
        .query_map((line, BATCH), |row| {
            Ok(Changed { line: row.get(0)?, document: row.get(1)?, fresh: row.get(2)? })
        })?
        .collect()
}

/// Puts everything up to now on the disk, so that no power cut leaves the
/// index ahead of the database.
pub(crate) fn settle(database: &Database, line: i64) -> Result<(), StoreError> {
    database.write_through(|connection| {
        connection.execute(
            "INSERT INTO facts VALUES ('indexed', ?1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [line.to_string()],
        )?;
        Ok(())
    })
}

/// Drops the lines that a commit carries.
pub(crate) fn trim(database: &Database, line: i64) -> Result<(), StoreError> {
    database.write(|connection| {
        connection.execute("DELETE FROM outbox WHERE line <= ?1", [line])?;
        Ok(())
    })
}
