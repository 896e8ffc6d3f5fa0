//! Some words around the best match: plain text, folded into one line.

use std::collections::HashSet;

use tantivy::tokenizer::{TokenStream, Tokenizer};

use crate::index::words::Words;

/// Characters of a snippet.
const LENGTH: usize = 200;
/// Bytes within which matches count as near each other.
const REACH: usize = 160;
/// Bytes of text before the first match, for context.
const LEAD: usize = 40;
/// Matches that are looked at.
const MOST_MATCHES: usize = 256;
/// Bytes of text that are looked at.
const MOST_TEXT: usize = 64 << 10;

struct Match {
    from: usize,
    to: usize,
    word: String,
}

/// Cuts a snippet out of a chunk, where most of the words are near each other.
pub(crate) fn of(text: &str, words: &HashSet<&str>) -> String {
    let text = &text[..text.floor_char_boundary(MOST_TEXT)];
    let matches = matches(text, words);
    let start = best(&matches).map_or(0, |first| lead(text, first.from));
    fold(&text[start..])
}

fn matches(text: &str, words: &HashSet<&str>) -> Vec<Match> {
    let mut cutter = Words::default();
    let mut stream = cutter.token_stream(text);
    let mut matches = Vec::new();
    while matches.len() < MOST_MATCHES && stream.advance() {
        let token = stream.token();
        if words.contains(token.text.as_str()) {
            let word = token.text.clone();
            matches.push(Match { from: token.offset_from, to: token.offset_to, word });
        }
    }
    matches
}

/// Finds the match that most different words follow, and of equals the first.
fn best(matches: &[Match]) -> Option<&Match> {
    let mut best: Option<(usize, &Match)> = None;
    for (at, first) in matches.iter().enumerate() {
        let near = matches[at..].iter().take_while(|last| last.to <= first.from + REACH);
        let different = near.map(|found| found.word.as_str()).collect::<HashSet<_>>().len();
        if best.is_none_or(|(most, _)| different > most) {
            best = Some((different, first));
        }
    }
    best.map(|(_, first)| first)
}

/// Goes back from a match to where a word begins.
fn lead(text: &str, at: usize) -> usize {
    let start = text.floor_char_boundary(at.saturating_sub(LEAD));
    if start == 0 {
        return 0;
    }
    // Text without spaces is cut between characters.
    text[start..at].find(char::is_whitespace).map_or(start, |gap| start + gap)
}

/// Takes the first words, with one space between two.
fn fold(text: &str) -> String {
    let mut snippet = String::with_capacity(LENGTH + 16);
    let mut length = 0;
    for word in text.split_whitespace() {
        let gap = usize::from(length > 0);
        let room = LENGTH - length;
        let chars = word.chars().take(room + 1).count();
        if gap + chars > room {
            // A word that is cut shows more than none, if it is all there is.
            if length < LENGTH / 2 {
                snippet.push_str(&" "[..gap]);
                snippet.extend(word.chars().take(room - gap));
            }
            break;
        }
        snippet.push_str(&" "[..gap]);
        snippet.push_str(word);
        length += gap + chars;
    }
    snippet
}

#[cfg(test)]
mod tests;
