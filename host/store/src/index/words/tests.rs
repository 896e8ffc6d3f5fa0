#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut words = Words::default();
    let mut stream = words.token_stream(text);
    let mut found: Vec<String> = Vec::new();
    let mut position = usize::MAX;
    while stream.advance() {
        let token = stream.token();
        assert!(text.get(token.offset_from..token.offset_to).is_some(), "{token:?}");
        if token.position == position {
            let word = found.last_mut().unwrap();
            word.push('/');
            word.push_str(&token.text);
        } else {
            assert_eq!(token.position, position.wrapping_add(1));
            position = token.position;
            found.push(token.text.clone());
        }
    }
    assert_eq!(found.join(" "), expected);
}

#[test]
fn words_are_letters_and_digits_in_lower_case() {
    check("Hello, World! 42x", "hello world 42x");
    check("don't", "don t");
    check("", "");
    check("-- ... ++", "");
}

#[test]
fn an_identifier_is_found_whole_and_by_its_parts() {
    check("snake_case", "snakecase/snake/case");
    check("getUserName", "getusername/get/user/name");
    check("HTTPServer", "httpserver/http/server");
    check("v2Beta", "v2beta/v2/beta");
    check("SCREAMING_CASE", "screamingcase/screaming/case");
}

#[test]
fn plain_words_have_no_parts() {
    check("Plain UPPER lower", "plain upper lower");
    check("__init__ _ ___", "init");
    check("Übung straße", "übung straße");
}

#[test]
fn scripts_without_spaces_give_a_word_for_each_character() {
    check("漢字abc", "漢 字 abc");
    check("東京 タワー", "東 京 タ ワ ー");
}

#[test]
fn accents_belong_to_their_letter() {
    check("cafe\u{301} x", "cafe\u{301} x");
}

#[test]
fn of_a_long_word_only_the_start_counts() {
    check(&"a".repeat(500), &"a".repeat(64));
    check(&"ä".repeat(500), &"ä".repeat(32));
}

#[test]
fn positions_of_words_do_not_depend_on_their_parts() {
    check("my iPhone case", "my iphone/i/phone case");
}
