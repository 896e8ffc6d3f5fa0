//! Which parts of a text to keep where not all of it has room: whole blocks,
//! those first that say something about the question, in their order.

use crate::text;

/// Blocks that are looked at: with more, the last ones are one.
const MOST: usize = 20_000;

/// Picks whole blocks that fit, or cuts the first one if none does.
pub(crate) fn pick(text: &str, room: usize, query: Option<&str>) -> Option<String> {
    if text.len() <= room {
        return Some(text.to_owned());
    }
    let all = blocks(text);
    let words: Vec<String> = query.map(words).unwrap_or_default();
    let mut order: Vec<usize> = (0..all.len()).collect();
    if !words.is_empty() {
        let score = |block: &str| {
            let block = block.to_lowercase();
            words.iter().filter(|word| block.contains(word.as_str())).count()
        };
        let scores: Vec<usize> = all.iter().map(|block| score(block)).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(scores[*at]), *at));
    }
    let mut left = room;
    let mut kept = vec![false; all.len()];
    for at in order {
        if all[at].len() <= left {
            left -= all[at].len();
            kept[at] = true;
        }
    }
    let blocks = all.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(block, _)| *block);
    let made: String = blocks.collect();
    if !made.trim().is_empty() {
        return Some(made);
    }
    let head = text::cut(text, room);
    (!head.is_empty()).then(|| head.to_owned())
}

fn words(query: &str) -> Vec<String> {
    let words = query.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    words.map(str::to_lowercase).collect()
}

/// Cuts a text at its blank lines, but not within fenced code. Each block has
/// the blank lines behind it.
pub(crate) fn blocks(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut fence = None;
    let mut was_blank = false;
    for (at, line) in text::lines(text) {
        let bare = line.trim_end();
        match fence {
            Some(open) if text::closes(bare, open) => fence = None,
            Some(_) => {}
            None => {
                if was_blank && !bare.is_empty() && all.len() < MOST {
                    all.push(&text[start..at]);
                    start = at;
                }
                fence = text::fence(bare);
            }
        }
        was_blank = fence.is_none() && bare.is_empty();
    }
    if start < text.len() {
        all.push(&text[start..]);
    }
    all
}
