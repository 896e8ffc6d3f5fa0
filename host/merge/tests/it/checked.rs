//! What is looked at before anything is decided: all of a transaction counts,
//! or none of it.

use std::collections::HashSet;

use ctx_merge::ConflictPolicy::LastWins;
use ctx_merge::{Action, MOST_OPERATIONS, Operation, Outcome, Path};
use serde_json::{Value, json};

use crate::{append, check, from, increment, merge, merge_seen, named, set};

/// Checks that one bad operation takes a good one with it, and why.
#[track_caller]
fn rejects(document: &Value, operations: Vec<Operation>, why: &str) {
    let mut all = vec![set("good", 1)];
    all.extend(operations);
    let settled = merge(document, vec![from("a", LastWins, all)]);
    assert_eq!(settled.document, *document, "nothing of it counts");
    let Outcome::Rejected(invalid) = &settled.verdicts[0].outcome else {
        panic!("{:?}", settled.verdicts)
    };
    assert_eq!(invalid.to_string(), why);
}

#[test]
fn a_path_is_dotted_keys_or_a_json_pointer_and_no_key_is_empty() {
    let path = |text: &str| text.parse::<Path>();
    assert_eq!(path("a.b").unwrap(), path("/a/b").unwrap());
    assert_eq!(path("/a~1b/c~0d").unwrap().keys(), ["a/b", "c~d"]);
    assert_eq!(path("/a.b").unwrap().to_string(), "/a.b");
    assert_eq!(path("a.b").unwrap().to_string(), "a.b");
    for text in ["", ".", "a..b", "a.", ".a", "/", "/a//b", "/a/"] {
        assert!(path(text).is_err(), "{text}");
    }
    rejects(
        &json!({}),
        vec![set("a..b", 1)],
        "`a..b` is no path: write keys with dots between them, or a JSON Pointer; no key is empty",
    );
}

#[test]
fn a_transaction_has_an_operation_and_an_id() {
    let settled = merge(&json!({}), vec![from("a", LastWins, vec![])]);
    assert_eq!(settled.verdicts[0].outcome.as_str(), "rejected");
    let settled = merge(&json!({}), vec![named("", from("a", LastWins, vec![set("x", 1)]))]);
    assert_eq!(settled.verdicts[0].outcome.as_str(), "rejected");
    let many = (0..=MOST_OPERATIONS).map(|n| set(&format!("k{n}"), 1)).collect();
    let settled = merge(&json!({}), vec![from("a", LastWins, many)]);
    assert_eq!(settled.verdicts[0].outcome.as_str(), "rejected");
}

#[test]
fn set_needs_a_value_and_increment_a_number() {
    let without = |action| Operation { path: "x".to_owned(), action, value: None };
    rejects(&json!({}), vec![without(Action::Set)], "`set` of `x` has no value");
    rejects(
        &json!({}),
        vec![without(Action::Increment)],
        "`increment` of `x` has no number to add",
    );
    rejects(&json!({}), vec![increment("x", "1")], "`increment` of `x` has no number to add");
    check(
        json!({"x": 1}),
        vec![from("a", LastWins, vec![set("x", Value::Null)])],
        json!({"x": null}),
        &["a:applied"],
    );
}

#[test]
fn an_append_without_a_value_does_nothing_and_is_warned_about() {
    let nothing = Operation { path: "list".to_owned(), action: Action::Append, value: None };
    let settled = merge(&json!({}), vec![from("a", LastWins, vec![nothing])]);
    assert_eq!(settled.document, json!({}));
    assert_eq!(settled.verdicts[0].outcome, Outcome::Applied);
    assert_eq!(settled.verdicts[0].warnings, ["`append` to `list` has no value, and does nothing"]);
}

#[test]
fn no_path_stands_with_what_contains_it() {
    let why = "`a` and `a.b` are in one transaction, and one contains the other";
    rejects(&json!({}), vec![set("a", 1), set("a.b", 2)], why);
    rejects(&json!({}), vec![increment("/a/b", 1), set("ab", 0), set("a", 2)], why);
}

#[test]
fn what_is_done_fits_what_is_there() {
    let document = json!({"text": "x", "list": [], "number": 1, "top": {"key": 1}});
    rejects(&document, vec![increment("text", 1)], "`text`: what is there is no number");
    rejects(&document, vec![append("number", 1)], "`number`: what is there is no array");
    rejects(
        &document,
        vec![set("number.below", 1)],
        "`number.below`: something on the way to it is no object",
    );
    rejects(
        &document,
        vec![set("text", "y"), increment("text", 1)],
        "`text`: what is there is no number",
    );
    rejects(
        &json!({"n": 1.7e308}),
        vec![increment("n", 1.7e308)],
        "`n`: the sum is no finite number",
    );
    check(
        json!({}),
        vec![from("a", LastWins, vec![increment("n.deep", 2), append("list", "x")])],
        json!({"n": {"deep": 2}, "list": ["x"]}),
        &["a:applied"],
    );
}

#[test]
fn what_was_here_before_is_ignored_for_its_extension_alone() {
    let mut seen = HashSet::new();
    let one = || vec![from("a", LastWins, vec![increment("n", 1)])];
    let after = merge_seen(&json!({}), one(), &mut seen).document;
    assert_eq!(after, json!({"n": 1}));
    let again = merge_seen(&after, one(), &mut seen);
    assert_eq!(again.document, json!({"n": 1}));
    assert_eq!(again.verdicts[0].outcome, Outcome::Duplicate);
    let other = vec![from("b", LastWins, vec![increment("n", 1)])];
    assert_eq!(merge_seen(&after, other, &mut seen).document, json!({"n": 2}));
    // And within one batch.
    let mut twice = one();
    twice.extend(one());
    check(json!({}), twice, json!({"n": 1}), &["a:applied", "a:duplicate"]);
}
