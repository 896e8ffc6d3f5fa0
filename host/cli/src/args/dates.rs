//! Days and times as somebody types them. Where a reader lives does not count:
//! all are in UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Reads where a range begins: a day's first second, or a point in time.
pub(crate) fn since(text: &str) -> Result<i64, String> {
    read(text, 0)
}

/// Reads where a range ends, which it does not reach: the second after a day,
/// or a point in time.
pub(crate) fn until(text: &str) -> Result<i64, String> {
    read(text, 1)
}

fn read(text: &str, days: i64) -> Result<i64, String> {
    let wrong = || "write a day, like 2025-01-31, or a time, like 2025-01-31T12:00:00Z".to_owned();
    if text.len() != "YYYY-MM-DD".len() {
        return text.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| wrong());
    }
    let day: Date = text.parse().map_err(|_| wrong())?;
    let midnight = day
        .checked_add(days.days())
        .and_then(|day| day.to_zoned(TimeZone::UTC))
        .map_err(|_| wrong())?;
    Ok(midnight.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_taken_whole() {
        assert_eq!(since("1970-01-02"), Ok(86_400));
        assert_eq!(until("1970-01-02"), Ok(2 * 86_400));
        assert_eq!(until("1970-01-02T00:00:00Z"), Ok(86_400));
        assert_eq!(since("1970-01-01T01:00:00+01:00"), Ok(0));
    }

    #[test]
    fn what_is_no_day_is_told_how_to_write_one() {
        for text in ["", "yesterday", "2025-02-30", "2025-1-1", "9999-99-99"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
