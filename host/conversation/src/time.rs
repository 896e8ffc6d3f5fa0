//! Times as conversations write them.

use jiff::Timestamp;

/// Reads a time: `2026-11-01T12:00:00Z`. Returns seconds since the epoch.
pub fn parse_time(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Reads a time with its fraction of a second, as files have it.
pub fn parse_instant(text: &str) -> Option<std::time::SystemTime> {
    text.parse::<Timestamp>().ok().map(std::time::SystemTime::from)
}

/// Returns the time, as a conversation writes it.
pub fn now() -> String {
    let seconds = Timestamp::now().as_second();
    Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}
