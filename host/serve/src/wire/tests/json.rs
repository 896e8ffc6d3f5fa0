//! JSON that extensions give.

use super::check;
use crate::wire::Json;

#[test]
fn what_is_json_is_passed_on_as_it_came() {
    check(&Json::new(" {\"b\": 1.50, \"a\" : [true, null, -3, \"\\u00e9\"]}\n"), {
        "{\"b\": 1.50, \"a\" : [true, null, -3, \"\\u00e9\"]}"
    });
    check(&Json::new("18446744073709551615"), "18446744073709551615");
}

#[test]
fn what_is_no_json_is_passed_on_as_text() {
    check(&Json::new(""), r#""""#);
    check(&Json::new("hello \"you\""), r#""hello \"you\"""#);
    check(&Json::new("{\"a\":1} {}"), r#""{\"a\":1} {}""#);
    check(&Json::new("{\"a\":"), r#""{\"a\":""#);
}

#[test]
fn what_readers_choke_on_is_passed_on_as_text() {
    check(&Json::new("[1e999]"), r#""[1e999]""#);
    check(&Json::new(r#"["\ud800"]"#), r#""[\"\\ud800\"]""#);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    check(&Json::new(&deep), &format!("\"{deep}\""));
}

#[test]
fn null_is_nothing_where_nothing_may_be_given() {
    assert!(Json::present(None).is_none());
    assert!(Json::present(Some(" null ")).is_none());
    check(&Json::present(Some("false")), "false");
    check(&Json::new("null"), "null");
}
