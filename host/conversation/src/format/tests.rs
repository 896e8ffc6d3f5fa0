//! What is a conversation, and how one that is none is told.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::Conversation;

const WHOLE: &str = r#"
conversation = 1
about = "a first sync"
from = ["https://example.com/docs"]
now = "2026-11-01T12:00:00Z"

[settings]
url = "https://acme.example"
api_token = "secret-api-token"

[[file]]
folder = "root"
path = "deeper/a.md"
text = "A"

[[step]]
sync = { full = true }

[[step.http]]
url = "https://acme.example/items?page=1"
headers = { authorization = "Bearer secret-api-token" }
answer_headers = { retry-after = "1" }
answer = '''{"items": []}'''

[step.expect]
documents = [{ id = "1", contains = ["one"], metadata = { status = "Done" } }]
removed = ["2"]

[[step]]
call = { tool = "web-fetch", arguments = { url = "https://acme.example" } }

[step.expect]
error = { kind = "unavailable", retry_after = 30 }
"#;

#[track_caller]
fn refuses(change: (&str, &str), why: &str) {
    let text = WHOLE.replace(change.0, change.1);
    assert_ne!(text, WHOLE, "nothing was changed");
    let error = Conversation::parse(&text).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn what_is_written_is_read_again_as_the_same() {
    let conversation = Conversation::parse(WHOLE).unwrap();
    assert_eq!(Conversation::parse(&conversation.write().unwrap()).unwrap(), conversation);
}

#[test]
fn a_mistake_is_told_with_its_place() {
    refuses(("now =", "noww ="), "line 5: unknown field `noww`");
    refuses(("page=1\"", "page=1\"\nstatus = 99"), "step 1: http 1: 99 is no status");
    refuses(("https://acme.example/items", "/items"), "`/items?page=1` is no URL");
    refuses(("sync = { full = true }", ""), "step 1: it must have one of");
    refuses(("\"unavailable\"", "\"unauthorized\""), "`unauthorized` is no kind of error");
    refuses(("2026-11-01T12", "2026-11-31T12"), "is no time");
    refuses(("conversation = 1", "conversation = 2"), "does not read");
}

#[test]
fn no_file_leaves_its_folder() {
    for path in ["../a", "/etc/passwd", "a/../../b", "a\\\\..\\\\b", "C:a", ""] {
        refuses(("deeper/a.md", path), "");
    }
    refuses(("\"root\"", "\"../root\""), "is no name of a folder");
}
