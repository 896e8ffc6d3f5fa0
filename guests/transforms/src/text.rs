//! Lines of a text and where they lie, and cuts that split no character.

pub(crate) use crate::compress::fences::{closes, fence};

/// A line of a text: where it begins, and the line with its end.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// Cuts a text to so many bytes at most: behind a line, else behind a word,
/// else behind a character.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let head = &text[..text.floor_char_boundary(most)];
    let end = match head.rfind('\n') {
        Some(at) if at >= head.len() / 2 => at + 1,
        _ => head.rfind(' ').filter(|at| *at >= head.len() / 2).unwrap_or(head.len()),
    };
    head[..end].trim_end()
}

/// Reads a heading of Markdown: its level and its title.
pub(crate) fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?;
    if (1..=6).contains(&level) && title.starts_with([' ', '\t']) {
        Some((level, title.trim().trim_end_matches('#').trim_end()))
    } else {
        None
    }
}
