//! Units of a text, made into pieces that fit a budget: as many units as have
//! room, a unit that has none cut at lines, words or characters.

use crate::text;

/// Bytes of one breadcrumb.
const CRUMB: usize = 200;

/// A part of a text that is best left whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Unit {
    pub start: usize,
    pub end: usize,
    /// Whether a new piece begins here, however much room there is.
    pub begins: bool,
    /// What stands above it.
    pub crumbs: Vec<String>,
}

/// A piece: a range of bytes, and what stands above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub start: usize,
    pub end: usize,
    pub crumbs: Vec<String>,
}

/// How large pieces may be, and what measures them.
pub(crate) struct Room<'a> {
    /// In whatever `measure` counts.
    pub most: usize,
    pub overlap: usize,
    /// Bytes that are likely to fit.
    pub bytes: usize,
    /// Measures a text; absent if bytes are what counts.
    pub measure: Option<&'a dyn Fn(&str) -> usize>,
}

/// Makes a breadcrumb, which is repeated for each piece.
pub(crate) fn crumb(text: &str) -> String {
    let line = text.trim();
    line[..line.floor_char_boundary(CRUMB)].to_owned()
}

/// Makes pieces of units, which lie in order and cover the text.
pub(crate) fn pack(text: &str, units: Vec<Unit>, room: &Room<'_>) -> Vec<Piece> {
    let target = room.bytes.saturating_sub(room.overlap.min(room.bytes / 2)).max(4);
    let mut pieces = Vec::new();
    let mut current: Option<Piece> = None;
    let mut begins = false;
    for unit in units {
        begins |= unit.begins;
        // Measured without the blanks around it, and each unit once.
        let whole = &text[unit.start..unit.end];
        let trimmed = whole.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = unit.start + (whole.len() - whole.trim_start().len());
        let end = start + trimmed.len();
        match &mut current {
            Some(piece) if !begins && end - piece.start <= target => piece.end = end,
            _ => {
                if let Some(piece) = current.take() {
                    close(text, piece, target, room, &mut pieces);
                }
                current = Some(Piece { start, end, crumbs: unit.crumbs });
            }
        }
        begins = false;
    }
    if let Some(piece) = current {
        close(text, piece, target, room, &mut pieces);
    }
    overlap(text, &mut pieces, room);
    pieces
}

/// Cuts a piece where it is too large.
fn close(text: &str, piece: Piece, target: usize, room: &Room<'_>, into: &mut Vec<Piece>) {
    let crumbs = piece.crumbs;
    let mut left = vec![(piece.start, piece.end)];
    while let Some((start, end)) = left.pop() {
        let whole = &text[start..end];
        let trimmed = whole.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = start + (whole.len() - whole.trim_start().len());
        let end = start + trimmed.len();
        let has_many_tokens = || {
            let count = room.measure.filter(|_| trimmed.len() > room.most);
            count.is_some_and(|count| count(trimmed) > room.most)
        };
        let is_long = trimmed.len() > target;
        if trimmed.len() <= 4 || !(is_long || has_many_tokens()) {
            into.push(Piece { start, end, crumbs: crumbs.clone() });
            continue;
        }
        // Of what has only too many tokens, the halves are tried.
        let most = if is_long { target } else { trimmed.len() / 2 };
        let head = text::cut(trimmed, most).len();
        let head = if head == 0 { trimmed.floor_char_boundary(most.max(4)) } else { head };
        left.push((start + head, end));
        left.push((start, start + head));
    }
}

/// Lets each piece begin with the end of the one before it.
fn overlap(text: &str, pieces: &mut [Piece], room: &Room<'_>) {
    if room.overlap == 0 {
        return;
    }
    for at in (1..pieces.len()).rev() {
        let (before, own) = (pieces[at - 1].clone(), pieces[at].clone());
        let mut shared = room.overlap.min(before.end - before.start);
        // A token has a byte at least, so this many bytes are never too many.
        while shared > 0 {
            let mut start = text.ceil_char_boundary(before.end - shared);
            if let Some(word) = text[start..before.end].find([' ', '\n']) {
                start += word + 1;
            }
            let piece = &text[start..own.end];
            let fits = match room.measure {
                None => piece.len() <= room.most,
                Some(measure) => piece.len() <= room.most || measure(piece) <= room.most,
            };
            if fits && start < before.end {
                pieces[at].start = start;
                break;
            }
            // Counting costs the host, and is tried once.
            shared = if room.measure.is_some() { 0 } else { shared / 2 };
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
