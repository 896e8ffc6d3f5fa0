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
fn words_to_leave_out_alone_have_no_hits() {
    assert!(!parse("-alpha").has_hits());
    assert!(!parse("NOT a AND NOT b").has_hits());
}

#[test]
fn a_pasted_page_is_cut() {
    let page: String =
        (0..1000).flat_map(|n| ["word".to_owned(), n.to_string(), " ".to_owned()]).collect();
    assert_eq!(parse(&page).may.len(), MOST_TERMS);
    assert_eq!(parse(&format!("\"{page}\"")).may[0].len(), LONGEST_PHRASE);
}
