//! Lines of the journal: what ran, how it ended and what it spent.

use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// One call, page or agent's answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JournalEntry<'a> {
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time: Option<Time>,
    pub extension: &'a str,
    /// `tool`, `agent` or `scan`.
    pub role: &'a str,
    /// Which tool, agent or source.
    pub name: &'a str,
    /// `ok`, or the word for what went wrong.
    pub outcome: &'a str,
    /// What went wrong, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<&'a str>,
    /// Units of work, about one per wasm instruction.
    pub fuel: u64,
    /// Bytes of memories and tables together, at their highest.
    pub peak_memory_bytes: u64,
    /// Microseconds on the clock.
    pub wall_us: u64,
    /// Calls of functions that the host lends.
    pub host_calls: u64,
    /// Who asked, if the host knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub caller: Option<&'a str>,
    /// The request that it belonged to: a W3C trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request: Option<&'a str>,
}

impl<'a> From<&'a ctx_store::JournalEntry> for JournalEntry<'a> {
    fn from(entry: &'a ctx_store::JournalEntry) -> Self {
        Self {
            time: Time::new(entry.time / 1000),
            extension: &entry.extension,
            role: &entry.role,
            name: &entry.name,
            outcome: &entry.outcome,
            message: entry.message.as_deref(),
            fuel: entry.fuel,
            peak_memory_bytes: entry.peak_memory,
            wall_us: entry.wall_us,
            host_calls: entry.host_calls,
            caller: entry.caller.as_deref(),
            request: entry.request.as_deref(),
        }
    }
}
