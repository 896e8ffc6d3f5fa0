//! Markdown: comments go, and so do blanks that mean nothing. Code, tables,
//! indentation, links and line breaks stay as they are.

use super::lines::{Lines, is_columns};
use super::runs::Runs;
use super::whitespace::{line_end, trimmed};

/// Shortens Markdown without changing what it shows.
pub(crate) fn markdown(text: &str) -> String {
    let mut made = Runs::of(text);
    let mut lines = Lines::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = line_end(rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        let ended = line.ends_with('\n');
        let bare = trimmed(line.strip_suffix('\n').unwrap_or(line));
        if lines.code(line, bare, &mut made) {
            rest = after;
            continue;
        }
        // A comment that begins a line goes with all its lines; one that never
        // ends is none.
        if let Some(inside) = bare.trim_start_matches(' ').strip_prefix("<!--")
            && !is_columns(bare)
        {
            let from = text.len() - rest.len() + (bare.len() - inside.len());
            if let Some(length) = text[from..].find("-->") {
                rest = &text[from + length + 3..];
                rest = rest.strip_prefix('\r').unwrap_or(rest);
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                continue;
            }
        }
        rest = after;
        if lines.blank(bare, ended, &mut made) {
            continue;
        }
        if lines.stays(bare) {
            made.keep(bare);
        } else {
            flowing(bare, &mut made);
        }
        // Two blanks at the end of a line break it.
        if ended && line.trim_end_matches(['\n', '\r']).ends_with("  ") {
            made.sign("  ");
        }
        if ended {
            made.sign("\n");
        }
    }
    made.end()
}

/// Writes a line of text: runs of blanks become one outside of inline code.
#[inline(never)]
fn flowing<'a>(line: &'a str, into: &mut Runs<'a>) {
    let bytes = line.as_bytes();
    let mut at = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // A list's sign and what follows it decide where its text stands.
    at += marker(&bytes[at..]);
    // It is all of a piece until blanks are taken out.
    let mut from = 0;
    loop {
        at += plain(&bytes[at..]);
        let Some(byte) = bytes.get(at) else { break };
        if *byte == b'`' {
            let length = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
            at = past_code(bytes, at + length, length).unwrap_or(at + length);
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if length > 1 {
            into.keep(&line[from..at]);
            into.sign(" ");
            from = at + length;
        }
        at += length;
    }
    into.keep(&line[from..]);
}

/// Returns how many bytes there are before inline code, a tab, or blanks of
/// which there are several.
#[inline(never)]
fn plain(bytes: &[u8]) -> usize {
    let mut was_blank = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'`' => return at,
            b'\t' => return at - usize::from(was_blank),
            b' ' if was_blank => return at - 1,
            byte => was_blank = *byte == b' ',
        }
    }
    bytes.len()
}

/// Returns how long the sign of a list, a quote or a heading is, with the
/// blanks behind it.
fn marker(bytes: &[u8]) -> usize {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = match bytes.get(digits) {
        Some(b'-' | b'*' | b'+' | b'>') if digits == 0 => 1,
        Some(b'.' | b')') if digits > 0 => digits + 1,
        _ => return 0,
    };
    let blanks = bytes[sign..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if blanks == 0 { 0 } else { sign + blanks }
}

/// Finds the end of inline code that so many signs began.
fn past_code(bytes: &[u8], from: usize, signs: usize) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        if bytes[at] == b'`' {
            let length = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
            if length == signs {
                return Some(at + length);
            }
            at += length;
        } else {
            at += 1;
        }
    }
    None
}
