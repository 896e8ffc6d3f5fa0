//! What each step of a walk becomes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

fn entry(path: &str, kind: Kind, size: u64) -> Step {
    Step::Found(Entry {
        path: path.to_owned(),
        kind,
        size,
        modified: 1_700_000_000,
        modified_nanoseconds: 42,
    })
}

#[test]
fn a_text_file_is_a_deferred_document_whose_version_sees_nanoseconds() {
    let Some(Change::Upsert(document)) =
        change(entry("a b/c.md", Kind::File, 7), 10, &mut Withheld::default())
    else {
        panic!("no document")
    };
    assert_eq!(document.id, "a b/c.md");
    assert_eq!(document.version, "1700000000.000000042-7");
    assert_eq!(document.title.as_deref(), Some("c.md"));
    assert_eq!(document.uri.as_deref(), Some("file:a%20b/c.md"));
    assert_eq!(document.media_type, "text/markdown");
    assert_eq!(document.metadata, r#"{"size":7}"#);
    assert!(matches!(document.content, Content::Deferred));
}

#[test]
fn what_cannot_be_given_is_withheld_with_a_reason() {
    let reason = |path: &str, size| {
        let mut withheld = Withheld::default();
        let change = change(entry(path, Kind::File, size), 10, &mut withheld);
        assert!(matches!(change, Some(Change::Upsert(_))));
        withheld.check(path).map_err(|error| error.to_string()).unwrap_err()
    };
    assert_eq!(reason("a.md", 11), "11 bytes, more than the limit of 10");
    assert_eq!(reason("a.png", 1), "image/png is not text");
    // What cannot be looked into may stand for many.
    let unreadable = Step::Unreadable(("a".to_owned(), "no permission".to_owned()));
    let Some(Change::Skip(skipped)) = change(unreadable, 10, &mut Withheld::default()) else {
        panic!("not skipped")
    };
    assert_eq!(skipped.reason, "no permission");
}

#[test]
fn what_is_no_file_is_passed_over() {
    for kind in [Kind::Directory, Kind::Link, Kind::Other] {
        assert!(change(entry("a.md", kind, 1), 10, &mut Withheld::default()).is_none());
    }
}

#[test]
fn settings_have_defaults() {
    let settings: Settings = serde_json::from_str(r#"{"root":"~/notes"}"#).unwrap();
    assert!(settings.ignore_files && !settings.follow_links);
    assert_eq!(settings.max_bytes, DEFAULT_MAX);
}
