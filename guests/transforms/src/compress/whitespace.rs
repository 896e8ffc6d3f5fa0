//! Blanks that nobody sees: at the end of lines, and all but one of several
//! empty lines. Everything else stays as it is.

/// Takes out blanks that nobody sees.
pub(crate) fn whitespace(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut was_blank = true;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after, ended) = match rest.bytes().position(|byte| byte == b'\n') {
            Some(at) => (&rest[..at], &rest[at + 1..], true),
            None => (rest, "", false),
        };
        rest = after;
        let line = trimmed(line);
        if line.is_empty() {
            if !was_blank && ended {
                made.push('\n');
            }
            was_blank = true;
            continue;
        }
        was_blank = false;
        made.push_str(line);
        if ended {
            made.push('\n');
        }
    }
    made
}

/// Takes blanks off the end of a line.
pub(crate) fn trimmed(line: &str) -> &str {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let kept = line.len() - line.bytes().rev().take_while(|byte| is_blank(byte)).count();
    &line[..kept]
}
