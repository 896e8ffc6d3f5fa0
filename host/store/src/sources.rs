//! What a store knows of a source: its checkpoint, how its last sync ended,
//! and how much it holds. The ends of scans are here too.

use std::collections::HashSet;

use ctx_model::{DocumentId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{signed, unsigned};
use crate::documents::{CheckpointWrite, set_checkpoint};
use crate::{Store, StoreError};

/// How a scan ended well.
#[derive(Debug, Clone)]
pub struct Finished<'a> {
    /// The extension that read the source.
    pub extension: &'a str,
    pub at: Timestamp,
    /// Every document that a complete walk gave: the others are gone. Absent if
    /// the walk may have left some out.
    pub seen: Option<&'a HashSet<DocumentId>>,
    pub checkpoint: CheckpointWrite,
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub name: String,
    /// Empty until a sync has ended.
    pub extension: String,
    pub documents: u64,
    pub chunks: u64,
    /// When a sync last ended well.
    pub synced: Option<Timestamp>,
    /// Why the last sync ended badly, if it did.
    pub failure: Option<String>,
}

impl Store {
    /// Returns where a source is to be taken up again.
    pub fn checkpoint(&self, source: &str) -> Result<Option<String>, StoreError> {
        self.database.read(|connection| {
            let found = connection
                .prepare_cached("SELECT checkpoint FROM sources WHERE name = ?1")?
                .query_row([source], |row| row.get(0))
                .optional()?;
            Ok(found.flatten())
        })
    }

    /// Ends a scan, in one transaction: removes what was not seen, and returns
    /// how many that were.
    ///
    /// An empty set of seen documents removes all of them; whether that may be
    /// is for the caller to say.
    pub fn finish(&self, source: &str, finished: &Finished<'_>) -> Result<u64, StoreError> {
        self.database.write(|connection| {
            let source = source_number(connection, source)?;
            let removed = match finished.seen {
                Some(seen) => remove_unseen(connection, source, seen)?,
                None => 0,
            };
            set_checkpoint(connection, source, &finished.checkpoint)?;
            connection
                .prepare_cached(
                    "UPDATE sources SET extension = ?2, synced = ?3, failure = NULL
                     WHERE number = ?1",
                )?
                .execute(params![source, finished.extension, finished.at])?;
            Ok(removed)
        })
    }

    /// Records why a sync ended badly. All that it stored stays.
    pub fn failed(&self, source: &str, extension: &str, why: &str) -> Result<(), StoreError> {
        self.database.write(|connection| {
            let source = source_number(connection, source)?;
            connection
                .prepare_cached(
                    "UPDATE sources SET extension = ?2, failure = ?3 WHERE number = ?1",
                )?
                .execute(params![source, extension, why])?;
            Ok(())
        })
    }

    /// Removes a source with all its documents, and returns how many they were.
    pub fn forget(&self, source: &str) -> Result<u64, StoreError> {
        self.database.write(|connection| {
            let Some(source) = find_source(connection, source)? else { return Ok(0) };
            connection.execute(
                "INSERT INTO outbox (document, fresh)
                 SELECT number, 0 FROM documents WHERE source = ?1 ORDER BY number",
                [source],
            )?;
            // The chunks go with their documents.
            let removed =
                connection.execute("DELETE FROM documents WHERE source = ?1", [source])?;
            connection.execute("DELETE FROM sources WHERE number = ?1", [source])?;
            Ok(removed as u64)
        })
    }

    /// Lists every source that was ever synced, by name.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, extension, documents, chunks, synced, failure FROM sources
                     ORDER BY name",
                )?
                .query_map([], |row| {
                    Ok(SourceRow {
                        name: row.get(0)?,
                        extension: row.get(1)?,
                        documents: unsigned(row.get(2)?),
                        chunks: unsigned(row.get(3)?),
                        synced: row.get(4)?,
                        failure: row.get(5)?,
                    })
                })?
                .collect()
        })
    }
}

fn find_source(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM sources WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Returns a source's number, and gives it one if it is new.
pub(crate) fn source_number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    if let Some(number) = find_source(connection, name)? {
        return Ok(number);
    }
    connection.execute("INSERT INTO sources (name) VALUES (?1)", [name])?;
    Ok(connection.last_insert_rowid())
}

fn remove_unseen(
    connection: &Connection,
    source: i64,
    seen: &HashSet<DocumentId>,
) -> rusqlite::Result<u64> {
    let mut unseen = Vec::new();
    let mut chunks = 0;
    {
        let mut all = connection
            .prepare_cached("SELECT number, id, chunk_count FROM documents WHERE source = ?1")?;
        let mut rows = all.query([source])?;
        while let Some(row) = rows.next()? {
            if !seen.contains(&DocumentId(row.get(1)?)) {
                unseen.push(row.get::<_, i64>(0)?);
                chunks += row.get::<_, i64>(2)?;
            }
        }
    }
    let mut announce =
        connection.prepare_cached("INSERT INTO outbox (document, fresh) VALUES (?1, 0)")?;
    let mut delete = connection.prepare_cached("DELETE FROM documents WHERE number = ?1")?;
    for number in &unseen {
        announce.execute([number])?;
        delete.execute([number])?;
    }
    let removed = signed(unseen.len());
    connection
        .prepare_cached(
            "UPDATE sources SET documents = documents - ?2, chunks = chunks - ?3 WHERE number = ?1",
        )?
        .execute([source, removed, chunks])?;
    Ok(unsigned(removed))
}
