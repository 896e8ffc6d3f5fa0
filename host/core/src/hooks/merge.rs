//! What the outputs of several handlers come to: one rule for each phase.
//! Pure; handlers are in order.

use std::collections::BTreeSet;

use ctx_model::Edit;
use serde_json::{Map, Value};

use crate::tokens;

/// Merges keys: of two that set one key, the first wins. Returns those that
/// lost, as origin and key.
pub(super) fn changes(
    said: Vec<(String, Map<String, Value>)>,
) -> (Map<String, Value>, Vec<(String, String)>) {
    let mut merged = Map::new();
    let mut lost = Vec::new();
    for (origin, object) in said {
        for (key, value) in object {
            if merged.contains_key(&key) {
                lost.push((origin.clone(), key));
            } else {
                merged.insert(key, value);
            }
        }
    }
    (merged, lost)
}

/// Adds words to those that are there, each once, in order.
pub(super) fn tags(into: &mut Vec<String>, more: Vec<String>) {
    let mut known: BTreeSet<String> = into.iter().cloned().collect();
    into.extend(more.into_iter().filter(|tag| known.insert(tag.clone())));
}

/// Cuts texts to so many tokens in all. Returns whether anything was cut.
/// Nothing is counted while the bytes alone say that it fits.
pub(super) fn fit(texts: &mut Vec<String>, most: u32) -> bool {
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes <= most as usize {
        return false;
    }
    let mut left = most;
    let mut kept = 0;
    for text in texts.iter_mut() {
        if left == 0 {
            break;
        }
        kept += 1;
        if tokens::exceed(text, left) {
            let end = tokens::cut(text, left);
            text.truncate(end);
            texts.truncate(kept);
            return true;
        }
        left -= tokens::count(text);
    }
    let is_cut = kept < texts.len();
    texts.truncate(kept);
    is_cut
}

/// Puts edits into a text: of two that overlap, the first wins. Returns the
/// text and those that were left out, as origin and why.
pub(super) fn edited(
    text: &str,
    said: Vec<(String, Edit)>,
) -> (String, Vec<(String, &'static str)>) {
    let mut taken: Vec<(usize, usize, String)> = Vec::new();
    let mut left_out = Vec::new();
    for (origin, Edit { span, text: new }) in said {
        let (start, end) = (span.start as usize, span.end as usize);
        if start > end || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            left_out.push((origin, "it does not lie in the text"));
        } else if taken.iter().any(|(s, e, _)| overlap((start, end), (*s, *e))) {
            left_out.push((origin, "an earlier edit has the place"));
        } else {
            taken.push((start, end, new));
        }
    }
    // Stable: of two insertions at one place the first stays first.
    taken.sort_by_key(|(start, end, _)| (*start, *end));
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, new) in taken {
        edited.push_str(&text[at..start]);
        edited.push_str(&new);
        at = end;
    }
    edited.push_str(&text[at..]);
    (edited, left_out)
}

/// Two insertions at one place are in each other's way; what only touches is
/// not.
fn overlap(one: (usize, usize), other: (usize, usize)) -> bool {
    one == other || one.0 < other.1 && other.0 < one.1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use ctx_model::Span;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn edit(origin: &str, start: u32, end: u32, text: &str) -> (String, Edit) {
        (origin.to_owned(), Edit { span: Span { start, end }, text: text.to_owned() })
    }

    #[test]
    fn of_two_that_set_one_key_the_first_wins() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let (merged, lost) = changes(vec![
            ("a".to_owned(), object(json!({"title": 1}))),
            ("b".to_owned(), object(json!({"title": 2, "author": 2}))),
        ]);
        assert_eq!(Value::Object(merged), json!({"title": 1, "author": 2}));
        assert_eq!(lost, [("b".to_owned(), "title".to_owned())]);
    }

    #[test]
    fn tags_are_a_set_and_keep_their_order() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut all = words("b a");
        tags(&mut all, words("a c c"));
        assert_eq!(all, words("b a c"));
    }

    #[test]
    fn of_two_edits_that_overlap_the_first_wins_and_none_splits_a_letter() {
        let (text, left_out) = edited(
            "one two thrée",
            vec![
                edit("a", 4, 7, "2"),
                edit("b", 0, 5, "x"),
                edit("c", 0, 3, "1"),
                edit("d", 12, 13, "y"),
                edit("e", 7, 99, "z"),
                edit("f", 7, 7, "!"),
            ],
        );
        assert_eq!(text, "1 2! thrée");
        let who: Vec<_> = left_out.iter().map(|(origin, _)| origin.as_str()).collect();
        assert_eq!(who, ["b", "d", "e"]);
    }

    #[test]
    fn what_is_added_is_cut_where_a_token_ends() {
        let mut texts = vec!["one two three".to_owned(), "four five six".to_owned()];
        assert!(!fit(&mut texts, 1000));
        assert!(fit(&mut texts, 4));
        assert_eq!(texts, ["one two three", "four"]);
        assert!(fit(&mut texts, 0));
        assert!(texts.is_empty());
    }

    proptest! {
        #[test]
        fn what_was_cut_never_has_more_tokens_than_it_may(
            texts in prop::collection::vec("[ a-zé語]{0,40}", 0..5), most in 0..40_u32,
        ) {
            let mut cut = texts.clone();
            fit(&mut cut, most);
            let total: u32 = cut.iter().map(|text| tokens::count(text)).sum();
            prop_assert!(total <= most);
            for (cut, whole) in cut.iter().zip(&texts) {
                prop_assert!(whole.starts_with(cut.as_str()));
            }
        }
    }
}
