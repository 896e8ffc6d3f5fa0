//! Prose: runs of blanks within a line become one. What stands in a column
//! stays there: indentation, fenced and indented code, and tables.

use super::fences::{closes, fence as fence_of};
use super::whitespace::trimmed;

/// Shortens prose.
pub(crate) fn prose(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut fence: Option<(u8, usize)> = None;
    let mut was_blank = true;
    for line in text.split_inclusive('\n') {
        let ended = line.ends_with('\n');
        let bare = trimmed(line.strip_suffix('\n').unwrap_or(line));
        match fence {
            Some(open) => {
                made.push_str(line);
                was_blank = false;
                if closes(bare, open) {
                    fence = None;
                }
                continue;
            }
            None => fence = fence_of(bare),
        }
        if bare.is_empty() {
            if !was_blank && ended {
                made.push('\n');
            }
            was_blank = true;
            continue;
        }
        was_blank = false;
        if fence.is_some() || is_columns(bare) {
            made.push_str(bare);
        } else {
            squeeze(bare, &mut made);
        }
        if ended {
            made.push('\n');
        }
    }
    made
}

/// Whether a line is indented code or a row of a table.
pub(crate) fn is_columns(line: &str) -> bool {
    line.starts_with("    ")
        || line.starts_with('\t')
        || line.trim_start().starts_with('|')
        || line.trim_end().ends_with('|')
}

/// Writes a line with one blank where there were several, but for its
/// indentation.
pub(crate) fn squeeze(line: &str, into: &mut String) {
    let indented = line.len() - line.trim_start_matches([' ', '\t']).len();
    let (indent, rest) = line.split_at(indented);
    into.push_str(indent);
    let bytes = rest.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
        if is_blank(bytes[at]) && at + 1 < bytes.len() && is_blank(bytes[at + 1]) {
            into.push_str(&rest[from..at]);
            into.push(' ');
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            from = at;
        } else {
            at += 1;
        }
    }
    into.push_str(&rest[from..]);
}
