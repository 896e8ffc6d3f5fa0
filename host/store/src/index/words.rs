//! What a word is, for the index, for queries and for snippets alike: runs of
//! letters and digits of any script, in lower case.
//!
//! An identifier counts as one word, with its joints left out (`snake_case`
//! and `snakeCase` are both `snakecase`), and its parts stand at the same
//! position. Scripts without spaces give one word for each character.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Bytes of a word that count. Of longer ones only the start is looked at.
const LONGEST: usize = 64;
/// Parts of one identifier that count.
const MOST_PARTS: usize = 16;

/// Cuts text into words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    token: Token,
    parts: Vec<(usize, usize)>,
}

/// The words of one text: each word first, its parts after it.
#[derive(Debug)]
pub(crate) struct WordStream<'a> {
    words: &'a mut Words,
    text: &'a str,
    /// Where to look for the next word.
    at: usize,
    /// Which part of the current word comes next.
    part: usize,
}

impl Words {
    /// Returns the words of a text in order, without their parts.
    pub(crate) fn of(text: &str) -> impl Iterator<Item = String> {
        let mut words = Self::default();
        let mut stream = words.token_stream(text);
        let mut found = Vec::new();
        while stream.advance_word() {
            found.push(stream.token().text.clone());
        }
        found.into_iter()
    }
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        self.parts.clear();
        WordStream { words: self, text, at: 0, part: 0 }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Words { token, parts } = &mut *self.words;
        if let Some(&(from, to)) = parts.get(self.part) {
            self.part += 1;
            token.offset_from = from;
            token.offset_to = to;
            token.text.clear();
            push_lower(&mut token.text, &self.text[from..to]);
            return true;
        }
        self.advance_word()
    }

    fn token(&self) -> &Token {
        &self.words.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.words.token
    }
}

impl WordStream<'_> {
    /// Goes on to the next word, past all parts of this one.
    fn advance_word(&mut self) -> bool {
        while let Some((from, to)) = next_run(self.text, self.at) {
            self.at = to;
            let Words { token, parts } = &mut *self.words;
            split(self.text, from, to, parts);
            token.text.clear();
            for &(from, to) in parts.iter() {
                push_lower(&mut token.text, &self.text[from..to]);
            }
            if token.text.is_empty() {
                continue;
            }
            token.offset_from = from;
            token.offset_to = to;
            token.position = token.position.wrapping_add(1);
            // The only part of a plain word is the word.
            self.part = if parts.len() > 1 { 0 } else { parts.len() };
            return true;
        }
        self.part = self.words.parts.len();
        false
    }
}

/// Finds the next run of word characters at or after `at`.
fn next_run(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut from = at;
    loop {
        let byte = *bytes.get(from)?;
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            break;
        }
        if byte.is_ascii() {
            from += 1;
            continue;
        }
        let c = text[from..].chars().next()?;
        if stands_alone(c) {
            return Some((from, from + c.len_utf8()));
        }
        if is_word(c) {
            break;
        }
        from += c.len_utf8();
    }
    let mut to = from;
    while let Some(byte) = bytes.get(to) {
        if byte.is_ascii() {
            if !(byte.is_ascii_alphanumeric() || *byte == b'_') {
                break;
            }
            to += 1;
            continue;
        }
        match text[to..].chars().next() {
            Some(c) if is_word(c) && !stands_alone(c) => to += c.len_utf8(),
            _ => break,
        }
    }
    Some((from, to))
}

/// Splits a run into its parts: at `_`, before a capital that follows a small
/// letter or a digit, and before the last capital of several.
fn split(text: &str, from: usize, to: usize, parts: &mut Vec<(usize, usize)>) {
    parts.clear();
    let run = &text[from..to];
    // Most words have no joint.
    let bytes = run.as_bytes();
    if bytes.iter().skip(1).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
    {
        parts.push((from, to));
        return;
    }
    let mut start = from;
    let mut before: Option<(usize, char)> = None;
    let mut before_that_upper = false;
    let mut cut = |start: usize, end: usize| {
        if start < end && parts.len() < MOST_PARTS {
            parts.push((start, end));
        }
    };
    for (offset, c) in run.char_indices() {
        let at = from + offset;
        if c == '_' {
            cut(start, at);
            start = at + 1;
            before = None;
            before_that_upper = false;
            continue;
        }
        if let Some((last_at, last)) = before {
            if c.is_uppercase() && (last.is_lowercase() || last.is_numeric()) {
                cut(start, at);
                start = at;
            } else if c.is_lowercase() && last.is_uppercase() && before_that_upper {
                cut(start, last_at);
                start = last_at;
            }
            before_that_upper = last.is_uppercase();
        }
        before = Some((at, c));
    }
    cut(start, to);
}

fn push_lower(word: &mut String, part: &str) {
    for c in part.chars() {
        if word.len() >= LONGEST {
            return;
        }
        if c.is_ascii() {
            word.push(c.to_ascii_lowercase());
        } else {
            word.extend(c.to_lowercase());
        }
    }
}

/// Letters, digits, the joint of identifiers, and accents that stand after
/// their letter.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || matches!(c, '\u{300}'..='\u{36f}')
}

/// Whether a script puts no spaces between words, so that each character is
/// one: Thai to Khmer, kana, Han and Hangul.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests;
