//! Prose: runs of blanks within a line become one. What stands in a column
//! stays there: indentation, fenced and indented code, and tables.

use super::lines::Lines;
use super::runs::Runs;
use super::whitespace::trimmed;

/// Shortens prose.
pub(crate) fn prose(text: &str) -> String {
    let mut made = Runs::of(text);
    let mut lines = Lines::new();
    for line in text.split_inclusive('\n') {
        let ended = line.ends_with('\n');
        let bare = trimmed(line.strip_suffix('\n').unwrap_or(line));
        if lines.code(line, bare, &mut made) || lines.blank(bare, ended, &mut made) {
            continue;
        }
        if lines.stays(bare) {
            made.keep(bare);
        } else {
            squeeze(bare, &mut made);
        }
        if ended {
            made.sign("\n");
        }
    }
    made.end()
}

/// Writes a line with one blank where there were several, but for its
/// indentation.
#[inline(never)]
fn squeeze<'a>(line: &'a str, into: &mut Runs<'a>) {
    let indented = line.len() - line.trim_start_matches([' ', '\t']).len();
    let (indent, rest) = line.split_at(indented);
    into.keep(indent);
    let bytes = rest.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
        if is_blank(bytes[at]) && at + 1 < bytes.len() && is_blank(bytes[at + 1]) {
            into.keep(&rest[from..at]);
            into.sign(" ");
            while at < bytes.len() && is_blank(bytes[at]) {
                at += 1;
            }
            from = at;
        } else {
            at += 1;
        }
    }
    into.keep(&rest[from..]);
}
