//! The journal of calls: what ran, how it ended and what it spent. Entries go
//! through one writer in batches; a killed process loses its last 100 ms.

mod lines;
mod runs;
mod writer;

use rusqlite::params;

use crate::database::{signed, unsigned};
use crate::{Store, StoreError};

pub use self::lines::{LoggedFilter, LoggedLine};
pub use self::runs::Runs;
pub use self::writer::JournalWriter;

/// Entries that are kept. The oldest go first.
const KEPT: i64 = 100_000;

/// One call, page or agent's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JournalEntry {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    pub extension: String,
    /// `tool`, `agent` or `scan`.
    pub role: String,
    /// Which tool, agent or source.
    pub name: String,
    /// `ok`, or the code of what went wrong.
    pub outcome: String,
    pub message: Option<String>,
    pub fuel: u64,
    /// Bytes.
    pub peak_memory: u64,
    /// Microseconds.
    pub wall_us: u64,
    pub host_calls: u64,
    /// Who asked, if the host knows.
    pub caller: Option<String>,
    /// Which request it belonged to: a W3C trace id.
    pub request: Option<String>,
}

/// Which entries to list. What is absent matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JournalFilter {
    pub extension: Option<String>,
    pub role: Option<String>,
    pub name: Option<String>,
    pub outcome: Option<String>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub since: Option<i64>,
}

impl Store {
    /// Appends entries in one transaction, and drops those that are too many.
    pub fn journal_append(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.database.write(|connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO journal (time, extension, role, name, outcome, message, fuel,
                     peak_memory, wall_us, host_calls, caller, request)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?;
            for entry in entries {
                insert.execute(params![
                    entry.time,
                    entry.extension,
                    entry.role,
                    entry.name,
                    entry.outcome,
                    entry.message,
                    signed(entry.fuel),
                    signed(entry.peak_memory),
                    signed(entry.wall_us),
                    signed(entry.host_calls),
                    entry.caller,
                    entry.request,
                ])?;
            }
            let oldest = connection.last_insert_rowid() - KEPT;
            connection
                .prepare_cached("DELETE FROM journal WHERE number <= ?1")?
                .execute([oldest])?;
            Ok(())
        })
    }

    /// Lists entries, newest first.
    pub fn journal(
        &self,
        filter: &JournalFilter,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let JournalFilter { extension, role, name, outcome, since } = filter;
        self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT time, extension, role, name, outcome, message, fuel, peak_memory,
                         wall_us, host_calls, caller, request
                     FROM journal
                     WHERE (?1 IS NULL OR extension = ?1) AND (?2 IS NULL OR role = ?2)
                         AND (?3 IS NULL OR name = ?3) AND (?4 IS NULL OR outcome = ?4)
                         AND (?5 IS NULL OR time >= ?5)
                     ORDER BY number DESC LIMIT ?6",
                )?
                .query_map(params![extension, role, name, outcome, since, signed(limit)], |row| {
                    Ok(JournalEntry {
                        time: row.get(0)?,
                        extension: row.get(1)?,
                        role: row.get(2)?,
                        name: row.get(3)?,
                        outcome: row.get(4)?,
                        message: row.get(5)?,
                        fuel: unsigned(row.get(6)?),
                        peak_memory: unsigned(row.get(7)?),
                        wall_us: unsigned(row.get(8)?),
                        host_calls: unsigned(row.get(9)?),
                        caller: row.get(10)?,
                        request: row.get(11)?,
                    })
                })?
                .collect()
        })
    }
}
