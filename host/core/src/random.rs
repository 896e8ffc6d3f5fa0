//! Text that nobody can guess: traces, tokens and sessions.

use std::fmt::Write as _;
use std::io;

/// Returns `N` random bytes as hexadecimal digits.
pub fn hex<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(digits(&bytes))
}

/// Begins a trace, as W3C's header writes it. Without randomness it is all
/// zeros, which names no request and harms none.
pub fn trace() -> String {
    let mut bytes = [0; 24];
    let _filled = getrandom::fill(&mut bytes);
    format!("00-{}-{}-01", digits(&bytes[..16]), digits(&bytes[16..]))
}

fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _written = write!(text, "{byte:02x}");
    }
    text
}
