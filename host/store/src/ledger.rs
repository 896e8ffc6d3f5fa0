//! Documents of state and the log of the transactions that made them. Each
//! change is stored whole, with the version that it began from, or not at all.

use std::collections::HashSet;

use ctx_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{signed, unsigned};
use crate::{Store, StoreError};

/// A document of state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateDocument {
    /// 0 if nobody has written it.
    pub version: u64,
    /// A JSON object; absent if nobody has written it.
    pub value: Option<String>,
}

/// A change of one document, and the transactions that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCommit {
    pub tenant: String,
    pub document: String,
    /// The version that it began from.
    pub version: u64,
    /// The document afterwards.
    pub value: String,
    pub before_hash: [u8; 32],
    pub after_hash: [u8; 32],
    pub at: Timestamp,
    pub transactions: Vec<LoggedTransaction>,
}

/// A transaction that was decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedTransaction {
    pub extension: String,
    pub id: String,
    /// `applied`, `partial`, `skipped` or `rejected`.
    pub outcome: &'static str,
}

impl Store {
    /// Returns a document of state.
    pub fn state_document(&self, tenant: &str, name: &str) -> Result<StateDocument, StoreError> {
        self.database.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT version, value FROM state_documents WHERE tenant = ?1 AND name = ?2",
                )?
                .query_row([tenant, name], |row| {
                    Ok(StateDocument { version: unsigned(row.get(0)?), value: row.get(1)? })
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    /// Returns those of these transactions that were decided about before, as
    /// extension and id.
    pub fn seen_transactions(
        &self,
        tenant: &str,
        transactions: &[(String, String)],
    ) -> Result<HashSet<(String, String)>, StoreError> {
        self.database.read(|connection| {
            let mut seen = HashSet::new();
            for (extension, id) in transactions {
                if is_logged(connection, tenant, extension, id)? {
                    seen.insert((extension.clone(), id.clone()));
                }
            }
            Ok(seen)
        })
    }

    /// Stores a change and logs its transactions, unless somebody else changed
    /// the document or decided about one of them meanwhile. Returns whether it
    /// was stored.
    pub fn commit_state(&self, commit: &StateCommit) -> Result<bool, StoreError> {
        let StateCommit { tenant, document, transactions, .. } = commit;
        self.database.write(|connection| {
            let version: Option<i64> = connection
                .prepare_cached(
                    "SELECT version FROM state_documents WHERE tenant = ?1 AND name = ?2",
                )?
                .query_row([tenant, document], |row| row.get(0))
                .optional()?;
            if version.map_or(0, unsigned) != commit.version {
                return Ok(false);
            }
            for LoggedTransaction { extension, id, .. } in transactions {
                if is_logged(connection, tenant, extension, id)? {
                    return Ok(false);
                }
            }
            connection
                .prepare_cached(
                    "INSERT INTO state_documents VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value",
                )?
                .execute(params![tenant, document, signed(commit.version + 1), commit.value])?;
            let mut log = connection.prepare_cached(
                "INSERT INTO state_tx_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for LoggedTransaction { extension, id, outcome } in transactions {
                log.execute(params![
                    tenant,
                    extension,
                    id,
                    document,
                    outcome,
                    commit.before_hash,
                    commit.after_hash,
                    commit.at
                ])?;
            }
            Ok(true)
        })
    }
}

fn is_logged(
    connection: &Connection,
    tenant: &str,
    extension: &str,
    id: &str,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM state_tx_log WHERE tenant = ?1 AND extension = ?2 AND tx_id = ?3",
        )?
        .exists([tenant, extension, id])
}
