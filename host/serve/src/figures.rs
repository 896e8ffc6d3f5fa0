//! Figures as people read them, the same on the page and at the command line.

/// Writes microseconds.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}

/// Writes bytes.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// Writes how many there are.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn count(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{:.1} k", number as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} M", number as f64 / 1e6),
        _ => format!("{:.1} G", number as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0, 999, 1_500, 2_000_000].map(duration), ["0 µs", "999 µs", "1.5 ms", "2.0 s"]);
        assert_eq!([1, 2048, 5 << 20, 3 << 30].map(size), ["1 B", "2.0 KiB", "5.0 MiB", "3.0 GiB"]);
        assert_eq!(
            [9_999, 12_345, 5_000_000, 7_000_000_000].map(count),
            ["9999", "12.3 k", "5.0 M", "7.0 G"]
        );
    }
}
