use proptest::prelude::*;

use super::*;

/// Writes `+must may (all AND -none) -never`.
fn shown(wanted: &Wanted) -> String {
    let term = |sign: &str, term: &Term| match term.as_slice() {
        [word] => format!("{sign}{word}"),
        words => format!("{sign}\"{}\"", words.join(" ")),
    };
    let mut shown = Vec::new();
    shown.extend(wanted.must.iter().map(|t| term("+", t)));
    shown.extend(wanted.may.iter().map(|t| term("", t)));
    for group in &wanted.together {
        let all = group.all.iter().map(|t| term("", t));
        let none = group.none.iter().map(|t| term("-", t));
        shown.push(format!("({})", all.chain(none).collect::<Vec<_>>().join(" AND ")));
    }
    shown.extend(wanted.never.iter().map(|t| term("-", t)));
    shown.join(" ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(&parse(text)), expected, "{text}");
}

#[test]
fn words_stand_for_any_of_them() {
    check("alpha Beta", "alpha beta");
    check("alpha OR beta", "alpha beta");
    check("alpha alpha", "alpha");
}

#[test]
fn signs_require_and_exclude() {
    check("+alpha beta -gamma", "+alpha beta -gamma");
    check("alpha NOT beta", "alpha -beta");
    check("-\"big deal\" alpha", "alpha -\"big deal\"");
    check("a - b", "a b");
}

#[test]
fn and_binds_closer_than_or() {
    check("a AND b", "(a AND b)");
    check("a AND b OR c AND NOT d", "(a AND b) (c AND -d)");
    check("a b AND c", "a (b AND c)");
}

#[test]
fn quotes_make_phrases() {
    check("\"Hello big world\" x", "\"hello big world\" x");
    check("\"one\"", "one");
    check("a\"b c\"d", "a \"b c\" d");
}

#[test]
fn joined_words_are_phrases_and_identifiers_are_words() {
    check("error-handling", "\"error handling\"");
    check("snake_case getName", "snakecase getname");
    check("https://a.example/b?c=d", "\"https a example b c d\"");
}

#[test]
fn no_text_is_an_error() {
    check("alpha AND", "alpha");
    check("AND alpha", "alpha");
    check("NOT", "not");
    check("OR AND", "or and");
    check("\"unbalanced", "unbalanced");
    check("alpha \"un balanced", "alpha un balanced");
    check("foo:bar", "\"foo bar\"");
    check("foo(bar)", "\"foo bar\"");
    for nothing in ["", " ", "[", "*", "\"\"", "+", "-", "\\", "^~?", "()", "\u{0}"] {
        check(nothing, "");
    }
}

#[test]
fn words_to_leave_out_alone_are_plain_words() {
    check("-alpha", "alpha");
    check("NOT alpha", "not alpha");
    check("NOT a AND NOT b", "not a and b");
}

#[test]
fn signs_without_a_meaning_are_told() {
    for plain in [
        "alpha AND",
        "AND alpha",
        "NOT alpha",
        "alpha OR",
        "OR alpha",
        "alpha NOT",
        "a AND AND b",
        "a AND OR b",
        "a NOT NOT b",
        "-alpha",
        "NOT",
        "\"open",
        "a \"open",
    ] {
        assert!(parse(plain).is_plain, "{plain}");
    }
    for meant in [
        "alpha",
        "a AND b",
        "a OR b",
        "a NOT b",
        "a AND NOT b",
        "+a -b",
        "\"a b\" c",
        "a - b",
        "",
        "?!",
    ] {
        assert!(!parse(meant).is_plain, "{meant}");
    }
}

proptest! {
    #[test]
    fn c5_every_text_is_a_query(text in "((AND|OR|NOT|NEAR|\\+|-|\"|\\(|\\*|:|alpha|b|日本|\\PC{0,3}) ?){0,24}") {
        let wanted = parse(&text);
        let has_words = Words::of(&text).next().is_some();
        prop_assert_eq!(wanted.has_hits(), has_words, "{}", text);
    }
}

#[test]
fn a_pasted_page_is_cut() {
    let page: String =
        (0..1000).flat_map(|n| ["word".to_owned(), n.to_string(), " ".to_owned()]).collect();
    assert_eq!(parse(&page).may.len(), MOST_TERMS);
    assert_eq!(parse(&format!("\"{page}\"")).may[0].len(), LONGEST_PHRASE);
}
