#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use mlua::{Lua, Value};

use super::{create_mark, decode, encode, is_object, with_text};

fn lua() -> Lua {
    let lua = Lua::new();
    create_mark(&lua).unwrap();
    lua
}

/// Decodes and encodes again.
#[track_caller]
fn check(json: &str, expected: &str) {
    let lua = lua();
    let found = match decode(&lua, json) {
        Ok(value) => encode(&lua, &value).unwrap(),
        Err(problem) => problem.0,
    };
    assert_eq!(found, expected, "`{json}`");
}

#[test]
fn what_is_decoded_is_encoded_the_same() {
    for json in [
        "null",
        "true",
        "1",
        "1.0",
        "-9223372036854775808",
        "1e+300",
        "1e-7",
        "\"å\\n\\u0001\"",
        "[]",
        "{}",
        "[1,[],{}]",
        "{\"a\":{\"b\":[false]},\"c\":\"d\"}",
    ] {
        check(json, json);
    }
}

#[test]
fn keys_are_written_in_order_and_nulls_are_left_out() {
    check(r#"{"b":1,"a":2,"n":null}"#, r#"{"a":2,"b":1}"#);
}

#[test]
fn escapes_are_read() {
    check(r#""\u00e5\ud83d\ude00\/\"""#, "\"å😀/\\\"\"");
}

#[test]
fn what_is_no_json_says_where() {
    check("", "the text ends where a value should be at line 1 column 1");
    check("[1,\n]", "expected a value at line 2 column 1");
    check("{\"a\":1,}", "expected a key in quotes at line 1 column 8");
    check("01", "a malformed number at line 1 column 3");
    check("\"\\ud800\"", "half of a surrogate pair at line 1 column 8");
    check("1 2", "something follows the value at line 1 column 3");
}

#[test]
fn depth_is_bounded_both_ways() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    check(&nested(64), &nested(64));
    check(&nested(65), "nested deeper than 64 levels at line 1 column 65");
    let lua = lua();
    let value: Value = lua
        .load("local top = {} local t = top for _ = 1, 64 do t.x = {} t = t.x end return top")
        .eval()
        .unwrap();
    assert_eq!(encode(&lua, &value).unwrap_err().0, "nested deeper than 64 levels");
}

/// Encodes the value of a Lua expression.
#[track_caller]
fn check_value(expression: &str, expected: &str) {
    let lua = lua();
    let value: Value = lua.load(expression).eval().unwrap();
    let found = encode(&lua, &value).unwrap_or_else(|problem| problem.0);
    assert_eq!(found, expected, "`{expression}`");
}

#[test]
fn tables_are_lists_if_they_have_a_first_element() {
    check_value("{}", "{}");
    check_value("{ 1, nil, 3, x = 4 }", "[1,null,3]");
    check_value("{ [2] = 'b', a = 1.5 }", r#"{"2":"b","a":1.5}"#);
    check_value("{ f = print, n = 0/0, i = 1/0 }", r#"{"f":null,"i":null,"n":null}"#);
}

#[test]
fn what_has_no_json_says_so() {
    check_value("(function() local t = {} t.t = t return t end)()", "the table contains itself");
    check_value("{ [true] = 1 }", "a key is neither a string nor a number");
    check_value("'\\xff'", "a string is not UTF-8; encode bytes with `base64.encode`");
}

#[test]
fn a_table_twice_beside_itself_is_no_cycle() {
    check_value("(function() local t = { 1 } return { t, t } end)()", "[[1],[1]]");
}

#[test]
fn a_field_is_added_to_an_object_that_lacks_it() {
    let with = |object| with_text(object, "source", "a\"b");
    assert_eq!(with("{}").unwrap(), r#"{"source":"a\"b"}"#);
    assert_eq!(with(" { } ").unwrap(), r#"{"source":"a\"b" }"#);
    assert_eq!(with(r#"{"a":1}"#).unwrap(), r#"{"source":"a\"b","a":1}"#);
    assert_eq!(with(r#"{"source":1}"#), None);
}

#[test]
fn objects_are_told_from_the_rest() {
    assert!(is_object(" {\"a\":[1]} "));
    assert!(!is_object("[]"));
    assert!(!is_object("{"));
    assert!(!is_object("nope"));
}
