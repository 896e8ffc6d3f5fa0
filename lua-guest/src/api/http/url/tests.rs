#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::{escape, parse, with_query};

#[track_caller]
fn check_parse(text: &str, expected: &str) {
    let found = match parse(text) {
        Ok(url) => format!("{} {} {}", url.https, url.authority, url.path_and_query),
        Err(why) => why.to_owned(),
    };
    assert_eq!(found, expected, "`{text}`");
}

#[test]
fn an_address_is_taken_apart() {
    check_parse("https://Met.no", "true met.no /");
    check_parse("HTTP://127.0.0.1:8080/a/b?c=d#e", "false 127.0.0.1:8080 /a/b?c=d");
    check_parse("https://met.no?q=1", "true met.no /?q=1");
    check_parse("https://[::1]:80/x", "true [::1]:80 /x");
    check_parse("https://met.no/Ålesund b", "true met.no /%C3%85lesund%20b");
    check_parse("https://met.no/%20", "true met.no /%20");
}

#[test]
fn what_cannot_be_fetched_says_why() {
    check_parse("met.no", "the URL has no scheme");
    check_parse("file:///etc/hostname", "only http and https URLs can be fetched");
    check_parse("http://", "the URL has no host");
    check_parse(
        "http://me@met.no",
        "a URL with a user name is not fetched; send an `authorization` header",
    );
    check_parse("http://blåbær.no", "the URL's host must be ASCII; write it in punycode");
}

#[track_caller]
fn check_join(location: &str, expected: &str) {
    let from = parse("https://met.no/a/b?c=d").unwrap();
    assert_eq!(from.join(location), expected, "`{location}`");
}

#[test]
fn a_location_is_joined_to_where_it_came_from() {
    check_join("http://other/x", "http://other/x");
    check_join("//other/x", "https://other/x");
    check_join("/x?y=/../z", "https://met.no/x?y=/../z");
    check_join("x", "https://met.no/a/x");
    check_join("../x/.", "https://met.no/x/");
    check_join("../../../x", "https://met.no/x");
    check_join("?q=1", "https://met.no/a/b?q=1");
}

#[test]
fn a_query_is_added_behind_the_one_there() {
    assert_eq!(with_query("http://a/b", "c=d"), "http://a/b?c=d");
    assert_eq!(with_query("http://a/b?", "c=d"), "http://a/b?c=d");
    assert_eq!(with_query("http://a/b?x=y#z", "c=d"), "http://a/b?x=y&c=d#z");
    assert_eq!(with_query("http://a/b#z", ""), "http://a/b#z");
}

#[test]
fn escapes_cover_every_byte() {
    assert_eq!(escape("a b&å~".as_bytes()), "a%20b%26%C3%A5~");
}
