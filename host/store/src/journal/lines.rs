//! What extensions said while they ran. Kept beside the journal, and bounded
//! like it: the oldest lines go first.

use ctx_model::LogLevel;
use rusqlite::params;

use crate::database::signed;
use crate::{Store, StoreError};

/// Lines that are kept.
const KEPT: i64 = 50_000;

/// Something that an extension said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedLine {
    /// Rises with every line; where to go on.
    pub number: i64,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    pub extension: String,
    /// The request it belonged to: a W3C trace id.
    pub request: Option<String>,
    pub level: LogLevel,
    pub message: String,
    pub fields: Vec<(String, String)>,
}

/// Which lines to list. What is absent matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedFilter {
    pub extension: Option<String>,
    pub request: Option<String>,
    /// This loud or louder.
    pub level: Option<LogLevel>,
    /// Only lines with a higher number.
    pub after: Option<i64>,
}

impl Store {
    /// Appends lines in one transaction, and drops those that are too many.
    /// Their numbers are given here.
    pub fn log_append(&self, lines: &[LoggedLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.database.write(|connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO log (time, extension, request, level, message, fields)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for line in lines {
                insert.execute(params![
                    line.time,
                    line.extension,
                    line.request,
                    rank(line.level),
                    line.message,
                    fields(&line.fields),
                ])?;
            }
            let oldest = connection.last_insert_rowid() - KEPT;
            connection.prepare_cached("DELETE FROM log WHERE number <= ?1")?.execute([oldest])?;
            Ok(())
        })
    }

    /// Lists the last lines that match, oldest first.
    pub fn log(&self, filter: &LoggedFilter, limit: usize) -> Result<Vec<LoggedLine>, StoreError> {
        let LoggedFilter { extension, request, level, after } = filter;
        let mut lines: Vec<LoggedLine> = self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT number, time, extension, request, level, message, fields FROM log
                     WHERE (?1 IS NULL OR extension = ?1) AND (?2 IS NULL OR request = ?2)
                         AND (?3 IS NULL OR level >= ?3) AND (?4 IS NULL OR number > ?4)
                     ORDER BY number DESC LIMIT ?5",
                )?
                .query_map(
                    params![extension, request, level.map(rank), after, signed(limit)],
                    |row| {
                        Ok(LoggedLine {
                            number: row.get(0)?,
                            time: row.get(1)?,
                            extension: row.get(2)?,
                            request: row.get(3)?,
                            level: level_of(row.get(4)?),
                            message: row.get(5)?,
                            fields: pairs(row.get(6)?),
                        })
                    },
                )?
                .collect()
        })?;
        lines.reverse();
        Ok(lines)
    }
}

fn rank(level: LogLevel) -> i64 {
    match level {
        LogLevel::Trace => 0,
        LogLevel::Debug => 1,
        LogLevel::Info => 2,
        LogLevel::Warn => 3,
        LogLevel::Error => 4,
    }
}

fn level_of(rank: i64) -> LogLevel {
    match rank {
        0 => LogLevel::Trace,
        1 => LogLevel::Debug,
        2 => LogLevel::Info,
        3 => LogLevel::Warn,
        _ => LogLevel::Error,
    }
}

fn fields(fields: &[(String, String)]) -> Option<String> {
    if fields.is_empty() { None } else { serde_json::to_string(fields).ok() }
}

fn pairs(text: Option<String>) -> Vec<(String, String)> {
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
