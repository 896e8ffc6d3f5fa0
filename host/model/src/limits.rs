//! What a call may spend. Every default stands here once, with its reason.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one call, one page or one scan may spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Units of work, about one per wasm instruction. For each call or page.
    pub fuel: u64,
    /// Bytes of all linear memories and tables together.
    pub memory: u64,
    /// Wall clock of a call, or of a page of a streamed scan.
    pub time: Duration,
    /// Wall clock of the first page of a scan that does not stream.
    pub scan_time: Duration,
    /// Bytes of one answer.
    pub output: u64,
    /// Bytes of one page of a scan.
    pub page: u64,
    /// Bytes of log lines.
    pub log: u64,
    /// Calls of lent functions.
    pub host_calls: u64,
    /// Nesting of JSON that a guest gives.
    pub json_depth: u32,
    /// Bytes of one HTTP body, each way.
    pub http_body: u64,
    /// HTTP requests in flight at once.
    pub http_concurrency: u32,
    /// Documents of one scan.
    pub documents: u64,
    /// Pages in a row that bring neither a change nor a new checkpoint.
    pub idle_pages: u32,
}

const MIB: u64 = 1024 * 1024;

impl Limits {
    /// The defaults, for an extension that asks for nothing else.
    pub const DEFAULT: Self = Self {
        // About 5 seconds of compute on one core of a small server.
        fuel: 5_000_000_000,
        // A script with its interpreter needs 2 MiB; this leaves room for a
        // page of large documents.
        memory: 64 * MIB,
        // What a person or a model still waits for.
        time: Duration::from_secs(30),
        // Context Harness's limit for connectors, which return one list.
        scan_time: Duration::from_mins(5),
        // More would not fit the context of any model.
        output: 4 * MIB,
        // A few large documents, or one of the size of an HTTP body.
        page: 24 * MIB,
        log: MIB,
        // A runaway loop over host functions ends within a second.
        host_calls: 10_000,
        // No honest answer nests deeper; a stack overflows later than this.
        json_depth: 64,
        http_body: 16 * MIB,
        http_concurrency: 8,
        // Ten times the largest source we know of.
        documents: 10_000_000,
        idle_pages: 1_000,
    };

    /// The most that an operator may raise a limit to.
    pub const MAXIMUM: Self = Self {
        fuel: 1_000_000_000_000,
        memory: 1024 * MIB,
        time: Duration::from_hours(1),
        scan_time: Duration::from_hours(24),
        output: 256 * MIB,
        page: 512 * MIB,
        log: 64 * MIB,
        host_calls: 100_000_000,
        json_depth: 512,
        http_body: 1024 * MIB,
        http_concurrency: 64,
        documents: u64::MAX,
        idle_pages: u32::MAX,
    };

    /// Returns these limits with what `request` names put in their place, at
    /// most `ceiling`.
    #[must_use]
    pub fn with(&self, request: &LimitsRequest, ceiling: &Self) -> Self {
        let mut limits = self.clone();
        if let Some(fuel) = request.fuel {
            limits.fuel = fuel.min(ceiling.fuel);
        }
        if let Some(memory) = request.memory.as_deref().and_then(bytes) {
            limits.memory = memory.min(ceiling.memory);
        }
        if let Some(time) = request.time.as_deref().and_then(seconds) {
            limits.time = time.min(ceiling.time);
            limits.scan_time = time.max(limits.scan_time).min(ceiling.scan_time);
        }
        if let Some(output) = request.output.as_deref().and_then(bytes) {
            limits.output = output.min(ceiling.output);
        }
        if let Some(page) = request.page.as_deref().and_then(bytes) {
            limits.page = page.min(ceiling.page);
        }
        if let Some(log) = request.log.as_deref().and_then(bytes) {
            limits.log = log.min(ceiling.log);
        }
        if let Some(host_calls) = request.host_calls {
            limits.host_calls = host_calls.min(ceiling.host_calls);
        }
        if let Some(documents) = request.documents {
            limits.documents = documents.min(ceiling.documents);
        }
        limits
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The `[limits]` table of a manifest or of the config.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// For example `"64 MiB"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// For example `"30s"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Of a connector's page, or of one document that it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<u64>,
}

impl LimitsRequest {
    /// Names the first key whose value has no meaning, with what would.
    pub fn invalid(&self) -> Option<(&'static str, &'static str)> {
        let size = [
            ("memory", &self.memory),
            ("output", &self.output),
            ("page", &self.page),
            ("log", &self.log),
        ];
        for (key, value) in size {
            if value.as_deref().is_some_and(|text| bytes(text).is_none()) {
                return Some((key, "a size such as \"64 MiB\""));
            }
        }
        if self.time.as_deref().is_some_and(|text| seconds(text).is_none()) {
            return Some(("time", "a duration such as \"30s\" or \"5m\""));
        }
        None
    }
}

/// Parses a size with its unit: `B`, `KiB`, `MiB` or `GiB`.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "B" => 1,
        "KiB" => 1024,
        "MiB" => MIB,
        "GiB" => 1024 * MIB,
        _ => return None,
    };
    number.checked_mul(unit).filter(|size| *size > 0)
}

/// Parses a duration with its unit: `ms`, `s`, `m` or `h`.
pub fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|time| *time > 0).map(Duration::from_millis)
}

/// Writes a size as `bytes` reads it, in the largest unit that fits exactly.
pub fn format_bytes(size: u64) -> String {
    for (unit, factor) in [("GiB", 1024 * MIB), ("MiB", MIB), ("KiB", 1024)] {
        if size >= factor && size.is_multiple_of(factor) {
            return format!("{} {unit}", size / factor);
        }
    }
    format!("{size} B")
}

/// Writes a duration as `seconds` reads it.
pub fn format_duration(time: Duration) -> String {
    let millis = time.as_millis();
    if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}
