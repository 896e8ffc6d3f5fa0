//! Dates as PDF files write them: `D:20250115103000+01'00'`, cut off anywhere
//! after the year.

/// Returns seconds since 1970.
pub(crate) fn read(text: &str) -> Option<i64> {
    let text = text.trim().strip_prefix("D:").unwrap_or(text.trim());
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (date, zone) = text.split_at(digits);
    let part = |at: usize, len: usize, default: &'static str| match date.get(at..at + len) {
        Some(part) => part.to_owned(),
        None => default.to_owned(),
    };
    let zone: String = zone.chars().filter(|c| *c != '\'').collect();
    let zone = match zone.as_bytes() {
        [b'+' | b'-', a, b] => format!("{}{}{}:00", &zone[..1], *a as char, *b as char),
        [b'+' | b'-', a, b, c, d] => {
            format!("{}{}{}:{}{}", &zone[..1], *a as char, *b as char, *c as char, *d as char)
        }
        _ => "Z".to_owned(),
    };
    ctx_sdk::timestamp(&format!(
        "{}-{}-{}T{}:{}:{}{zone}",
        date.get(..4)?,
        part(4, 2, "01"),
        part(6, 2, "01"),
        part(8, 2, "00"),
        part(10, 2, "00"),
        part(12, 2, "00"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_however_much_of_them_is_there() {
        assert_eq!(read("D:20250115100000Z"), Some(1_736_935_200));
        assert_eq!(read("D:20250115110000+01'00'"), Some(1_736_935_200));
        assert_eq!(read("D:20250115"), Some(1_736_899_200));
        assert_eq!(read("2025"), Some(1_735_689_600));
        assert_eq!(read("D:last year"), None);
    }
}
