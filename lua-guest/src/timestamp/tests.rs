use super::{Timestamp, from_seconds, parse};

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let found = parse(text).map(|at| Timestamp(at).to_string());
    assert_eq!(found.as_deref(), expected, "`{text}`");
}

#[test]
fn iso_with_every_kind_of_offset_is_read() {
    for text in [
        "2025-01-15T09:30:00Z",
        "2025-01-15T09:30:00",
        "2025-01-15 09:30:00",
        "2025-01-15T09:30Z",
        "2025-01-15T10:30:00+01:00",
        "2025-01-15T10:30:00.123456+0100",
        "2025-01-15T04:30:00 -0500",
        "2025-01-15t09:30:00z",
        " 2025-01-15T10:30:00+01 ",
    ] {
        check(text, Some("2025-01-15T09:30:00Z"));
    }
}

#[test]
fn a_date_alone_is_its_midnight() {
    check("2024-02-29", Some("2024-02-29T00:00:00Z"));
    check("1969-12-31", Some("1969-12-31T00:00:00Z"));
}

#[test]
fn mail_and_feed_dates_are_read() {
    for text in [
        "Wed, 15 Jan 2025 09:30:00 GMT",
        "Wed, 15 Jan 2025 10:30:00 +0100",
        "15 Jan 2025 09:30:00 +0000",
        "15 Jan 25 09:30 UT",
        "Wed, 15 January 2025 04:30:00 EST",
    ] {
        check(text, Some("2025-01-15T09:30:00Z"));
    }
}

#[test]
fn numbers_are_seconds() {
    check("1736933400", Some("2025-01-15T09:30:00Z"));
    check("1736933400.9", Some("2025-01-15T09:30:00Z"));
    assert_eq!(from_seconds(-0.5), Some(-1));
    assert_eq!(from_seconds(f64::NAN), None);
    assert_eq!(from_seconds(f64::INFINITY), None);
}

#[test]
fn what_tells_no_time_is_nothing() {
    for text in [
        "",
        "yesterday",
        "2025-13-01",
        "2025-02-29",
        "2025-01-15T25:00:00Z",
        "2025-01-15X",
        "nan",
        "inf",
        "15 Foo 2025",
        "é025-01-15",
        "2025-01-15T09:30:00Q",
    ] {
        check(text, None);
    }
}

#[test]
fn a_time_is_shown_as_it_is_read() {
    for at in (-62_167_219_200..253_402_300_800).step_by(12_345_678_901) {
        assert_eq!(parse(&Timestamp(at).to_string()), Some(at));
    }
}
