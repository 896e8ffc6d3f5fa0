//! What is read as a manifest, and what each mistake is told.

use super::{FolderRequest, ManifestError, parse, request_of_folder, script_header, section};

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = parse(text).expect_err("it is refused");
    assert_eq!(error.to_string(), words);
}

#[test]
fn an_unknown_key_is_named_with_the_one_it_is_close_to() {
    let error = parse("nmae = 'x'").expect_err("it is refused");
    assert_eq!(
        error,
        ManifestError::UnknownKey { key: "nmae".to_owned(), near: Some("name".to_owned()) }
    );
}

#[test]
fn a_reserved_key_is_kept_for_later() {
    refused("[ui]", "its manifest uses `ui`, which is reserved for a later version");
}

#[test]
fn another_contract_is_refused() {
    refused("contract = '^0.2'", "it wants the contract ^0.2, and this host speaks 0.1.0");
}

#[test]
fn a_syntax_error_has_its_line() {
    let error = parse("name = 'x'\nversion = ").expect_err("it is refused");
    assert!(matches!(error, ManifestError::Syntax { line: 2, .. }), "{error:?}");
}

#[test]
fn a_header_is_read_without_its_comment_marks() {
    let script = "-- my tool\n-- /// ctx\n-- name = \"x\"\n--\n-- [requests]\n-- ///\ntool = {}\n";
    let header = script_header(script, "--").expect("it is closed");
    assert_eq!(header.as_deref(), Some("name = \"x\"\n\n[requests]\n"));
}

#[test]
fn a_header_after_code_is_a_comment() {
    let script = "tool = {}\n-- /// ctx\n-- name = \"x\"\n-- ///\n";
    assert_eq!(script_header(script, "--"), Ok(None));
}

#[test]
fn a_header_that_is_not_closed_is_refused() {
    let script = "-- /// ctx\n-- name = \"x\"\ntool = {}\n";
    assert_eq!(script_header(script, "--"), Err(ManifestError::Unclosed));
}

#[test]
fn a_manifest_is_found_in_a_custom_section() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    component.extend([1, 2, 9, 9]);
    let body = b"\x0cctx:manifestname = 'x'";
    component.push(0);
    component.push(u8::try_from(body.len()).expect("it is short"));
    component.extend(body);
    assert_eq!(section(&component), Some("name = 'x'"));
}

#[test]
fn a_truncated_component_has_no_manifest() {
    assert_eq!(section(b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\x0f"), None);
    assert_eq!(section(b"\0asm"), None);
}

#[test]
fn folders_are_asked_for_in_three_ways() {
    assert_eq!(request_of_folder("read:./data"), Ok(FolderRequest::Own));
    assert_eq!(request_of_folder("read:{root}"), Ok(FolderRequest::Setting("root".to_owned())));
    assert_eq!(
        request_of_folder("read:git+{url}"),
        Ok(FolderRequest::Repository("url".to_owned()))
    );
    assert_eq!(request_of_folder("read:notes"), Ok(FolderRequest::Named("notes".to_owned())));
    assert!(request_of_folder("read:/etc").is_err());
    assert!(request_of_folder("write:notes").is_err());
}

#[test]
fn a_manifest_says_what_it_listens_to() {
    let text = "priority = 5\nconcurrency_limit = 2\n\n[hooks.normalize]\n\
                handlers = [\"a\", \"b\"]\nmax_ms = 50\nmax_tokens = 10\n\n\
                [hooks.\"document.upserted\"]\n";
    let manifest = parse(text).expect("it is a manifest");
    assert_eq!(manifest.hooks["normalize"].handlers, ["a", "b"]);
    assert_eq!((manifest.priority, manifest.concurrency_limit), (Some(5), Some(2)));
    for (wrong, why) in [
        ("[hooks.normalise]", "`normalize`"),
        ("[hooks.normalize]\nmax_ms = 51", "1 to 50"),
        ("[hooks.normalize]\nhandlers = [\"a\", \"a\"]", "twice"),
        ("concurrency_limit = 0", "no hook would run"),
    ] {
        let error = parse(wrong).expect_err("it is refused").to_string();
        assert!(error.contains(why), "{error}");
    }
}
