//! What is told of a step that went otherwise.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::json;

use super::{Ended, Seen, SeenDocument, judge};

fn seen() -> Seen {
    let document = |id: &str, text: &str| SeenDocument {
        id: id.to_owned(),
        title: Some(format!("Title {id}")),
        modified: Some(0),
        metadata: json!({ "status": "Done", "labels": ["a"], "n": 1 }),
        text: text.to_owned(),
        ..SeenDocument::default()
    };
    Seen {
        documents: vec![document("1", "one heron"), document("2", "two")],
        removed: vec!["3".to_owned()],
        slept: 1.5,
        ..Seen::default()
    }
}

#[track_caller]
fn check(expect: &str, differences: &[&str]) {
    assert_eq!(judge(&toml::from_str(expect).unwrap(), &seen()), differences);
}

#[test]
fn what_is_not_said_is_not_asked() {
    check("removed = ['3']", &[]);
    check(
        "documents = [{ id = '1', contains = ['heron'], metadata = { status = 'Done' } }, { id = '2' }]
         removed = ['3']
         slept = 1.5",
        &[],
    );
    check("documents = [{ id = '2' }]\nmore = true\nremoved = ['3']", &[]);
}

#[test]
fn each_difference_is_named_with_both_sides() {
    check(
        "documents = [{ id = '2' }, { id = '1', title = 'X', modified = '1970-01-01T00:00:01Z', lacks = ['heron'], metadata = { n = 2 } }]",
        &[
            "the documents are `1`, `2`, not `2`, `1`",
            "document `1`: `title` is `Title 1`, not `X`",
            "document `1`: `modified` is `1970-01-01T00:00:00Z`, not `1970-01-01T00:00:01Z`",
            "document `1`: its text has `heron`",
            "document `1`: `metadata.n` is 1, not 2",
            "`removed` is `3`, not none",
        ],
    );
    check("error = {}\nremoved = ['3']", &["it ended well, and should have failed"]);
}

#[test]
fn an_error_is_judged_by_its_kind_and_its_words() {
    let failed = Seen {
        ended: Ended::Failed {
            kind: "refused:http".to_owned(),
            message: "denied `a.example`".to_owned(),
            retry_after: None,
        },
        ..Seen::default()
    };
    let differences = |expect: &str| judge(&toml::from_str(expect).unwrap(), &failed);
    assert_eq!(
        differences("error = { kind = 'refused', contains = ['a.example'] }"),
        Vec::<String>::new()
    );
    assert_eq!(
        differences("error = { kind = 'denied', retry_after = 1 }"),
        [
            "it failed as `refused:http` (denied `a.example`), not as `denied`",
            "it says to try again after nothing, not after 1 s",
        ]
    );
    assert_eq!(differences(""), ["it failed: denied `a.example` (refused:http)"]);
}
