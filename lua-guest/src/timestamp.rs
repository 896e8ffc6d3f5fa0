//! Times as sources write them, in seconds since 1970.
//!
//! ISO 8601 with a `T` or a blank, with or without a time and an offset; RFC
//! 2822, as feeds and mail have it; and numbers.

use std::fmt;

/// Seconds since 1970, shown as `2025-01-15T09:30:00Z`.
pub(crate) struct Timestamp(pub(crate) i64);

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Returns the time that a text tells, or nothing if it tells none.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    if let Some(found) = iso(text).or_else(|| rfc_2822(text)) {
        return Some(found);
    }
    text.parse().ok().and_then(from_seconds)
}

/// Returns the whole seconds of a number of seconds.
pub(crate) fn from_seconds(seconds: f64) -> Option<i64> {
    // Years that a calendar has; infinities and NaN are outside.
    #[expect(clippy::cast_possible_truncation, reason = "checked")]
    (-1e14..1e14).contains(&seconds).then_some(seconds.floor() as i64)
}

fn iso(text: &str) -> Option<i64> {
    let mut rest = Text(text);
    let year = rest.digits(4)?;
    rest.skip('-')?;
    let month = rest.digits(2)?;
    rest.skip('-')?;
    let days = days(year, month, rest.digits(2)?)?;
    if rest.0.is_empty() {
        return Some(days * DAY);
    }
    if !rest.0.starts_with(['T', 't', ' ']) {
        return None;
    }
    rest.0 = rest.0[1..].trim_start();
    let seconds = rest.time()?;
    rest.0 = rest.0.trim_start();
    Some(days * DAY + seconds - rest.offset()?)
}

/// `Wed, 15 Jan 2025 09:30:00 +0100`, the weekday and the seconds optional.
fn rfc_2822(text: &str) -> Option<i64> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_whitespace();
    let day = words.next()?.parse().ok()?;
    let month = words.next()?.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year: i64 = words.next()?.parse().ok()?;
    let year = match year {
        0..50 => year + 2000,
        50..100 => year + 1900,
        _ => year,
    };
    let seconds = match words.next() {
        Some(time) => Text(time).time()?,
        None => 0,
    };
    let offset = match words.next() {
        Some(zone) => Text(zone).offset()?,
        None => 0,
    };
    let days = days(year, i64::try_from(month).ok()? + 1, day)?;
    Some(days * DAY + seconds - offset)
}

/// What is left to read.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.0.get(..count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = &self.0[count..];
        digits.parse().ok()
    }

    fn skip(&mut self, character: char) -> Option<()> {
        self.0 = self.0.strip_prefix(character)?;
        Some(())
    }

    /// `09:30`, `09:30:00`, `09:30:00.123`: the seconds of the day.
    fn time(&mut self) -> Option<i64> {
        let hours = self.digits(2)?;
        self.skip(':')?;
        let minutes = self.digits(2)?;
        let mut seconds = 0;
        if self.0.starts_with(':') {
            self.skip(':')?;
            seconds = self.digits(2)?;
            if self.0.starts_with(['.', ',']) {
                self.0 = self.0[1..].trim_start_matches(|c: char| c.is_ascii_digit());
            }
        }
        // 24:00 is the end of a day, and 60 a leap second.
        (hours <= 24 && minutes < 60 && seconds <= 60)
            .then_some(hours * 3600 + minutes * 60 + seconds)
    }

    /// `Z`, `+01:00`, `+0100`, `+01`, `GMT`, `EST`, or nothing for UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.0.chars().next() {
            None => return Some(0),
            Some('+') => 1,
            Some('-') => -1,
            Some(_) => return zone(self.0).map(|hours| hours * 3600),
        };
        self.0 = &self.0[1..];
        let hours = self.digits(2)?;
        if self.0.is_empty() {
            return Some(sign * hours * 3600);
        }
        if self.0.starts_with(':') {
            self.skip(':')?;
        }
        let minutes = self.digits(2)?;
        self.0.is_empty().then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// The hours of the zones that RFC 2822 names.
fn zone(name: &str) -> Option<i64> {
    Some(match name.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "UTC" | "GMT" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    })
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    // A year that starts in March ends with the leap day.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
    }
}

#[cfg(test)]
mod tests;
