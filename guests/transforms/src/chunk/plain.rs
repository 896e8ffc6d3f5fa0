//! Units of text that says nothing of its structure, and of Markdown.

use super::pack::{Unit, crumb};
use crate::text;

/// Lines of one piece of the chunker of lines.
const WINDOW: usize = 50;

/// Every line, in windows.
pub(crate) fn by_lines(text: &str) -> Vec<Unit> {
    let unit = |(at, (start, line)): (usize, (usize, &str))| Unit {
        start,
        end: start + line.len(),
        begins: at % WINDOW == 0,
        crumbs: Vec::new(),
    };
    text::lines(text).enumerate().map(unit).collect()
}

/// What stands between empty lines.
pub(crate) fn by_paragraphs(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut was_blank = false;
    for (at, line) in text::lines(text) {
        let is_blank = line.trim().is_empty();
        if was_blank && !is_blank && at > start {
            units.push(Unit { start, end: at, ..Unit::default() });
            start = at;
        }
        was_blank = is_blank;
    }
    if start < text.len() {
        units.push(Unit { start, end: text.len(), ..Unit::default() });
    }
    units
}

/// Blocks of Markdown, below their headings.
pub(crate) fn by_headings(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for block in crate::compress::blocks::blocks(text) {
        // A heading may stand right above its text.
        for (start, line) in pieces(block) {
            let start = at + start;
            let found = text::heading(line.lines().next().unwrap_or_default().trim());
            if let Some((level, title)) = found {
                above.retain(|(other, _)| *other < level);
                above.push((level, crumb(title)));
            }
            let crumbs = above.iter().map(|(_, title)| title.clone()).collect();
            units.push(Unit { start, end: start + line.len(), begins: found.is_some(), crumbs });
        }
        at += block.len();
    }
    units
}

/// Cuts a block in front of each of its headings; code has none.
fn pieces(block: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut fence = None;
    for (at, line) in text::lines(block) {
        let bare = line.trim_end();
        match fence {
            Some(open) if text::closes(bare, open) => fence = None,
            Some(_) => {}
            None => {
                if at > start && text::heading(bare).is_some() {
                    all.push((start, &block[start..at]));
                    start = at;
                }
                fence = text::fence(bare);
            }
        }
    }
    all.push((start, &block[start..]));
    all
}
