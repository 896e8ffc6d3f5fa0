//! Where fenced code begins and ends.

/// Reads the beginning or the end of fenced code: the sign, and how often.
pub(crate) fn fence(line: &str) -> Option<(u8, usize)> {
    let rest = line.trim_start_matches(' ');
    if line.len() - rest.len() > 3 {
        return None;
    }
    let sign = *rest.as_bytes().first()?;
    if sign != b'`' && sign != b'~' {
        return None;
    }
    let length = rest.bytes().take_while(|byte| *byte == sign).count();
    (length >= 3).then_some((sign, length))
}

/// Whether a line ends the fenced code that a fence began.
pub(crate) fn closes(line: &str, (sign, length): (u8, usize)) -> bool {
    fence(line).is_some_and(|(own, times)| {
        own == sign && times >= length && line.trim().bytes().all(|byte| byte == sign)
    })
}
