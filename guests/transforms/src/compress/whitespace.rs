//! Blanks that nobody sees: at the end of lines, and all but one of several
//! empty lines. Everything else stays as it is.

use super::runs::Runs;

/// Takes out blanks that nobody sees.
pub(crate) fn whitespace(text: &str) -> String {
    let mut made = Runs::of(text);
    let mut was_blank = true;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after, ended) = match line_end(rest) {
            Some(at) => (&rest[..at], &rest[at + 1..], true),
            None => (rest, "", false),
        };
        rest = after;
        let line = trimmed(line);
        let is_blank = line.is_empty();
        if !is_blank {
            made.keep(line);
        }
        if ended && !(is_blank && was_blank) {
            made.sign("\n");
        }
        was_blank = is_blank;
    }
    made.end()
}

/// Bytes that are looked at in one turn of a loop. In a sandbox a turn costs
/// more than a byte: it counts fuel, and goes past the stack.
const TURN: usize = 8;

/// Finds the end of a line. Its loop is a function of its own, as all are that
/// look at every byte: among many variables none would be in a register.
#[inline(never)]
pub(crate) fn line_end(text: &str) -> Option<usize> {
    let (turns, rest) = text.as_bytes().as_chunks::<TURN>();
    for (turn, bytes) in turns.iter().enumerate() {
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' {
                return Some(turn * TURN + at);
            }
        }
    }
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    Some(turns.len() * TURN + at)
}

/// Takes blanks off the end of a line.
pub(crate) fn trimmed(line: &str) -> &str {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let kept = line.len() - line.bytes().rev().take_while(|byte| is_blank(byte)).count();
    &line[..kept]
}
