#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{filled, named};

fn get(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("s3cret".to_owned()),
        "LOOP" => Some("${LOOP}".to_owned()),
        "NESTED" => Some("<${TOKEN}>".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

#[track_caller]
fn check(text: &str, wanted: &str) {
    let mut settings = Table::new();
    settings.insert("key".to_owned(), Value::String(text.to_owned()));
    assert_eq!(filled(&settings, &get)["key"].as_str(), Some(wanted), "{text}");
}

#[test]
fn variables_are_filled_in_wherever_they_stand() {
    check("Bearer ${TOKEN}", "Bearer s3cret");
    check("${TOKEN}${TOKEN}", "s3crets3cret");
    check("no variable", "no variable");
    check("", "");
}

#[test]
fn what_is_not_set_is_empty_or_its_default() {
    check("a${UNSET}b", "ab");
    check("${UNSET:-https://x.example}/v1", "https://x.example/v1");
    check("${EMPTY:-d}", "d");
    check("${EMPTY}", "");
    check("${TOKEN:-d}", "s3cret");
}

#[test]
fn what_is_no_variable_is_left_as_it_is() {
    check("$TOKEN", "$TOKEN");
    check("cost: $5 ${TOKEN", "cost: $5 ${TOKEN");
    check("$${TOKEN}", "$s3cret");
    check("}{", "}{");
}

#[test]
fn s15_a_variable_that_names_itself_is_text() {
    check("${LOOP}", "${LOOP}");
    check("${NESTED}", "<${TOKEN}>");
}

#[test]
fn tables_and_lists_are_looked_through() {
    let settings: Table =
        "n = 1\nlist = ['${TOKEN}', 2]\n[t]\ndeep = '${OTHER:-x}'".parse().unwrap();
    let filled = filled(&settings, &get);
    assert_eq!(filled["list"][0].as_str(), Some("s3cret"));
    assert_eq!(filled["t"]["deep"].as_str(), Some("x"));
    assert_eq!(filled["n"].as_integer(), Some(1));
    let names = [("OTHER".to_owned(), true), ("TOKEN".to_owned(), false)];
    assert_eq!(named(&settings), BTreeSet::from(names));
}
