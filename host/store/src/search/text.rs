//! Reads what a person or a model typed: words, "phrases", AND, OR, NOT, + and
//! -. Nothing is an error; what has no meaning as a sign is taken as a word or
//! passed over, and that is told.

use std::collections::HashSet;

use crate::index::words::Words;

/// Words and phrases that count; models paste whole pages.
const MOST_TERMS: usize = 64;
/// Words of one phrase that count.
const LONGEST_PHRASE: usize = 32;

/// One word, or several that follow each other.
pub(crate) type Term = Vec<String>;

/// What a query asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    /// Each must match.
    pub(crate) must: Vec<Term>,
    /// Any may match; one must, if nothing else has to.
    pub(crate) may: Vec<Term>,
    /// Any may match, each as a whole.
    pub(crate) together: Vec<Together>,
    /// None may match.
    pub(crate) never: Vec<Term>,
    /// Some signs had no meaning where they stood.
    pub(crate) is_plain: bool,
}

/// Terms joined by AND.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Together {
    pub(crate) all: Vec<Term>,
    pub(crate) none: Vec<Term>,
}

impl Wanted {
    /// Whether anything could match.
    pub(crate) fn has_hits(&self) -> bool {
        !(self.must.is_empty() && self.may.is_empty() && self.together.is_empty())
    }

    /// Returns every word that may be in a hit.
    pub(crate) fn words(&self) -> HashSet<&str> {
        let together = self.together.iter().flat_map(|group| &group.all);
        self.must.iter().chain(&self.may).chain(together).flatten().map(String::as_str).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    None,
    Plus,
    Minus,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    And,
    Or,
    Not,
    Term(Sign, Term),
}

/// Parses a query.
pub(crate) fn parse(text: &str) -> Wanted {
    let (items, unclosed) = items(text);
    let mut wanted = arrange(items);
    wanted.is_plain |= unclosed;
    if wanted.has_hits() {
        return wanted;
    }
    // Signs alone are words: somebody looks for "not". And nothing but words
    // to leave out would find nothing, which nobody wants.
    let mut may: Vec<Term> = Vec::new();
    for word in Words::of(text).take(MOST_TERMS) {
        if !may.contains(&vec![word.clone()]) {
            may.push(vec![word]);
        }
    }
    Wanted { is_plain: !may.is_empty(), may, ..Wanted::default() }
}

/// Cuts a query into terms and signs, and tells whether a quote was left open.
fn items(text: &str) -> (Vec<Item>, bool) {
    let mut items = Vec::new();
    let mut unclosed = false;
    let mut terms = 0;
    let mut rest = text.trim_start();
    while !rest.is_empty() && terms < MOST_TERMS {
        let (sign, after) = match rest.as_bytes()[0] {
            b'+' => (Sign::Plus, &rest[1..]),
            b'-' => (Sign::Minus, &rest[1..]),
            _ => (Sign::None, rest),
        };
        let (piece, quoted, remaining) = piece(after);
        unclosed |= after.starts_with('"') && !quoted;
        rest = remaining.trim_start();
        let item = match piece {
            "AND" | "&&" if sign == Sign::None && !quoted => Item::And,
            "OR" | "||" if sign == Sign::None && !quoted => Item::Or,
            "NOT" if sign == Sign::None && !quoted => Item::Not,
            _ => {
                let term: Term = Words::of(piece).take(LONGEST_PHRASE).collect();
                if term.is_empty() {
                    continue;
                }
                terms += 1;
                Item::Term(sign, term)
            }
        };
        items.push(item);
    }
    (items, unclosed)
}

/// Takes the next piece: up to the closing quote if it is quoted, else up to
/// white space or a quote. A quote that is never closed is passed over.
fn piece(text: &str) -> (&str, bool, &str) {
    if let Some(inside) = text.strip_prefix('"') {
        return match inside.split_once('"') {
            Some((phrase, rest)) => (phrase, true, rest),
            None => ("", false, inside),
        };
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

/// Puts each term where its signs want it. AND binds closer than OR, and OR is
/// what stands between terms without a sign.
fn arrange(items: Vec<Item>) -> Wanted {
    let mut wanted = Wanted::default();
    let mut group: Vec<(Sign, Term)> = Vec::new();
    let (mut joined, mut negated, mut alternative) = (false, false, false);
    for item in items {
        match item {
            Item::And => {
                wanted.is_plain |= joined || negated || group.is_empty();
                joined = !group.is_empty();
            }
            Item::Or => {
                wanted.is_plain |= joined || negated || group.is_empty();
                (joined, negated) = (false, false);
                alternative = true;
            }
            Item::Not => {
                wanted.is_plain |= negated;
                negated = true;
            }
            Item::Term(sign, term) => {
                if !joined {
                    close(&mut wanted, &mut group);
                }
                let sign = if negated { Sign::Minus } else { sign };
                group.push((sign, term));
                (joined, negated) = (false, false);
                alternative = false;
            }
        }
    }
    wanted.is_plain |= joined || negated || alternative;
    close(&mut wanted, &mut group);
    wanted
}

fn close(wanted: &mut Wanted, group: &mut Vec<(Sign, Term)>) {
    if group.len() == 1 {
        for (sign, term) in group.drain(..) {
            let place = match sign {
                Sign::None => &mut wanted.may,
                Sign::Plus => &mut wanted.must,
                Sign::Minus => &mut wanted.never,
            };
            if !place.contains(&term) {
                place.push(term);
            }
        }
        return;
    }
    let (none, all): (Vec<_>, Vec<_>) = group.drain(..).partition(|(sign, _)| *sign == Sign::Minus);
    let terms = |list: Vec<(Sign, Term)>| list.into_iter().map(|(_, term)| term);
    if all.is_empty() {
        wanted.never.extend(terms(none));
    } else {
        wanted.together.push(Together { all: terms(all).collect(), none: terms(none).collect() });
    }
}

#[cfg(test)]
mod tests;
