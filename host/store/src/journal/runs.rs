//! What the journal adds up to, for each extension and role.

use std::collections::BTreeMap;

use rusqlite::params;

use crate::database::unsigned;
use crate::{Store, StoreError};

/// Entries that are added up, from the newest.
const COUNTED: i64 = 10_000;

/// The last runs of an extension in one role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs {
    pub extension: String,
    pub role: String,
    pub calls: u64,
    /// How often each outcome but `ok` came about.
    pub failures: BTreeMap<String, u64>,
    /// Microseconds: the median.
    pub p50_us: u64,
    /// Microseconds: one in twenty takes longer.
    pub p95_us: u64,
    /// Of all calls together.
    pub fuel: u64,
    /// Bytes, of the hungriest call.
    pub peak_memory: u64,
    /// The newest failure: milliseconds since 1970-01-01T00:00:00Z, its
    /// outcome, and what was said.
    pub last_failure: Option<(i64, String, String)>,
}

impl Store {
    /// Adds up the newest entries, by extension and role.
    pub fn runs(&self, extension: Option<&str>) -> Result<Vec<Runs>, StoreError> {
        let mut all: BTreeMap<(String, String), (Runs, Vec<u64>)> = BTreeMap::new();
        self.database.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT extension, role, outcome, message, fuel, peak_memory, wall_us, time
                 FROM journal WHERE ?1 IS NULL OR extension = ?1
                 ORDER BY number DESC LIMIT ?2",
            )?;
            let mut rows = select.query(params![extension, COUNTED])?;
            while let Some(row) = rows.next()? {
                let key: (String, String) = (row.get(0)?, row.get(1)?);
                let (runs, walls) = all.entry(key).or_default();
                runs.calls += 1;
                runs.fuel = runs.fuel.saturating_add(unsigned(row.get(4)?));
                runs.peak_memory = runs.peak_memory.max(unsigned(row.get(5)?));
                walls.push(unsigned(row.get(6)?));
                let outcome: String = row.get(2)?;
                if outcome != "ok" {
                    if runs.last_failure.is_none() {
                        let message: Option<String> = row.get(3)?;
                        let told = (row.get(7)?, outcome.clone(), message.unwrap_or_default());
                        runs.last_failure = Some(told);
                    }
                    *runs.failures.entry(outcome).or_default() += 1;
                }
            }
            Ok(())
        })?;
        let finish = |((extension, role), (runs, mut walls)): (_, (Runs, Vec<u64>))| {
            walls.sort_unstable();
            let at = |percent: usize| walls.get(walls.len() * percent / 100).copied();
            let (p50_us, p95_us) = (at(50).unwrap_or_default(), at(95).unwrap_or_default());
            Runs { extension, role, p50_us, p95_us, ..runs }
        };
        Ok(all.into_iter().map(finish).collect())
    }
}
