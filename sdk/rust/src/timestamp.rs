//! Dates as sources write them, as the seconds that documents carry.

/// Reads an RFC 3339 date and time, such as `2026-03-01T09:30:00+01:00`, as
/// seconds since 1970. Fractions of a second are dropped.
///
/// ```
/// assert_eq!(ctx_sdk::timestamp("2026-03-01T09:30:00.5+01:00"), Some(1_772_353_800));
/// assert_eq!(ctx_sdk::timestamp("yesterday"), None);
/// ```
pub fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let shape = |at: usize, allowed: &[u8]| {
        text.as_bytes().get(at).is_some_and(|byte| allowed.contains(byte))
    };
    let plain = [(4, &b"-"[..]), (7, b"-"), (10, b"Tt "), (13, b":"), (16, b":")];
    if !text.is_ascii() || !plain.iter().all(|(at, allowed)| shape(*at, allowed)) {
        return None;
    }
    let year = number(text, 0, 4, 0..=9999)?;
    let month = number(text, 5, 2, 1..=12)?;
    let day = number(text, 8, 2, 1..=31)?;
    let hour = number(text, 11, 2, 0..=23)?;
    let minute = number(text, 14, 2, 0..=59)?;
    let second = number(text, 17, 2, 0..=60)?;
    let rest = text.get(19..)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let seconds = number(zone, 1, 2, 0..=23)? * 3600 + number(zone, 4, 2, 0..=59)? * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years
/// that begin in March, so that the leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn number(
    text: &str,
    start: usize,
    len: usize,
    range: std::ops::RangeInclusive<i64>,
) -> Option<i64> {
    let digits = text.get(start..start + len)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| range.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_fractions_and_leap_days_are_understood() {
        let known = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2024-12-31T23:59:59.999Z", 1_735_689_599),
            ("2025-01-15T10:00:00+00:00", 1_736_935_200),
            ("1969-12-31T23:00:00-01:00", 0),
        ];
        for (text, seconds) in known {
            assert_eq!(timestamp(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_nothing() {
        for text in [
            "",
            "2025-01-15",
            "2025-13-01T00:00:00Z",
            "2025-01-15T10:00:00",
            "2025-01-15T1é:00:00Z",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
