//! What the conformance suite found on this machine. It is the user's, and
//! never a workspace's, so that a clone cannot say of itself that it passed.

use ctx_model::{Digest, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::StateStore;
use crate::StoreError;

/// Rows that are kept of extensions of one name.
const KEPT: u32 = 32;

/// What came of one run of the suite over one version of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConformanceRow {
    pub extension: String,
    /// What exactly was checked.
    pub digest: Digest,
    /// Which suite it was checked by.
    pub suite: String,
    pub passed: u32,
    pub failed: u32,
    pub warned: u32,
    pub skipped: u32,
    /// The checks that failed, by their ids.
    pub failures: Vec<String>,
    pub at: Timestamp,
}

const COLUMNS: &str = "extension, digest, suite, passed, failed, warned, skipped, failures, at";

impl StateStore {
    /// Records a result. It takes the place of an earlier one of the same.
    pub fn note_conformance(&self, row: &ConformanceRow) -> Result<(), StoreError> {
        let failures = serde_json::to_string(&row.failures).unwrap_or_default();
        self.write(|connection| {
            connection.execute(
                &format!(
                    "INSERT OR REPLACE INTO conformance ({COLUMNS})
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                ),
                params![
                    row.extension,
                    row.digest.to_string(),
                    row.suite,
                    row.passed,
                    row.failed,
                    row.warned,
                    row.skipped,
                    failures,
                    row.at
                ],
            )?;
            connection.execute(
                "DELETE FROM conformance WHERE extension = ?1 AND (digest, suite) NOT IN (
                     SELECT digest, suite FROM conformance WHERE extension = ?1
                     ORDER BY at DESC, digest LIMIT ?2)",
                params![row.extension, KEPT],
            )?;
            Ok(())
        })
    }

    /// Returns what is known of these very bytes, the newest first if several
    /// suites have checked them.
    pub fn conformance_of(&self, digest: Digest) -> Result<Vec<ConformanceRow>, StoreError> {
        let rows: Vec<Option<ConformanceRow>> = self.database.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM conformance WHERE digest = ?1 ORDER BY at DESC, suite"
                ))?
                .query_map([digest.to_string()], read)?
                .collect()
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Returns the newest result of an extension of this name, whichever
    /// version of it was checked.
    pub fn last_conformance(&self, extension: &str) -> Result<Option<ConformanceRow>, StoreError> {
        let row = self.database.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM conformance WHERE extension = ?1
                     ORDER BY at DESC, digest LIMIT 1"
                ))?
                .query_row([extension], read)
                .optional()
        })?;
        Ok(row.flatten())
    }
}

/// Reads a row. One that nobody could have written is none.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<ConformanceRow>> {
    let (digest, failures) = (row.get_ref(1)?.as_str()?, row.get_ref(7)?.as_str()?);
    let (Some(digest), Ok(failures)) = (Digest::from_hex(digest), serde_json::from_str(failures))
    else {
        return Ok(None);
    };
    Ok(Some(ConformanceRow {
        extension: row.get(0)?,
        digest,
        suite: row.get(2)?,
        passed: row.get(3)?,
        failed: row.get(4)?,
        warned: row.get(5)?,
        skipped: row.get(6)?,
        failures,
        at: row.get(8)?,
    }))
}
