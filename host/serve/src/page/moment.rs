//! Times as people read them. Programs read `/v1`.

use jiff::Timestamp;

/// A point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// As in RFC 3339.
    pub(crate) exact: String,
    /// In UTC, to the second.
    pub(crate) written: String,
    /// How long ago it was.
    pub(crate) ago: String,
}

impl Moment {
    /// Reads milliseconds since 1970, as seen from now.
    pub(crate) fn of_millis(millis: i64) -> Option<Self> {
        Self::seen_from(Timestamp::now(), Timestamp::from_millisecond(millis).ok()?)
    }

    /// Reads seconds since 1970, as seen from now.
    pub(crate) fn of_seconds(seconds: i64) -> Option<Self> {
        Self::seen_from(Timestamp::now(), Timestamp::from_second(seconds).ok()?)
    }

    fn seen_from(now: Timestamp, time: Timestamp) -> Option<Self> {
        let time = Timestamp::from_second(time.as_second()).ok()?;
        Some(Self {
            exact: time.to_string(),
            written: time.to_string().replace('T', " ").replace('Z', ""),
            ago: ago(now.as_second().saturating_sub(time.as_second())),
        })
    }
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..10 => "now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_exactly_and_from_now() {
        let at = |second| Timestamp::from_second(second).ok();
        let moment = at(100_000).zip(at(40)).and_then(|(now, time)| Moment::seen_from(now, time));
        let expected = Moment {
            exact: "1970-01-01T00:00:40Z".to_owned(),
            written: "1970-01-01 00:00:40".to_owned(),
            ago: "1 d ago".to_owned(),
        };
        assert_eq!(moment, Some(expected));
        assert_eq!([-5, 59, 61, 7300].map(ago), ["now", "59 s ago", "1 min ago", "2 h ago"]);
        assert_eq!(Moment::of_seconds(i64::MAX), None);
    }
}
