//! What extensions said, and what their runs add up to.

use std::collections::BTreeMap;

use ctx_store::{LoggedLine, Runs as Counted};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// A line that an extension said while it ran.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogLine<'a> {
    /// Rises with every line; where to go on.
    pub number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time: Option<Time>,
    pub extension: &'a str,
    /// The request that it belonged to: a W3C trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request: Option<&'a str>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    pub message: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> From<&'a LoggedLine> for LogLine<'a> {
    fn from(line: &'a LoggedLine) -> Self {
        Self {
            number: line.number,
            time: Time::new(line.time / 1000),
            extension: &line.extension,
            request: line.request.as_deref(),
            level: line.level.as_str(),
            message: &line.message,
            fields: line.fields.iter().map(|(name, value)| (&**name, &**value)).collect(),
        }
    }
}

/// The last runs of an extension in one role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Runs<'a> {
    pub extension: &'a str,
    /// `tool`, `agent` or `scan`.
    pub role: &'a str,
    pub calls: u64,
    /// How often each outcome but `ok` came about.
    pub failures: &'a BTreeMap<String, u64>,
    /// Microseconds: the median.
    pub p50_us: u64,
    /// Microseconds: one in twenty takes longer.
    pub p95_us: u64,
    /// Units of work, of all calls together.
    pub fuel: u64,
    /// Bytes, of the hungriest call.
    pub peak_memory_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_failure: Option<LastFailure<'a>>,
}

/// The newest run that did not end well.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastFailure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time: Option<Time>,
    /// The word for what went wrong.
    pub outcome: &'a str,
    pub message: &'a str,
}

impl<'a> From<&'a Counted> for Runs<'a> {
    fn from(runs: &'a Counted) -> Self {
        let last_failure = runs.last_failure.as_ref().map(|(time, outcome, message)| LastFailure {
            time: Time::new(time / 1000),
            outcome,
            message,
        });
        Self {
            extension: &runs.extension,
            role: &runs.role,
            calls: runs.calls,
            failures: &runs.failures,
            p50_us: runs.p50_us,
            p95_us: runs.p95_us,
            fuel: runs.fuel,
            peak_memory_bytes: runs.peak_memory,
            last_failure,
        }
    }
}
