//! An entry of a feed, and the document that it becomes. `item` is the word of
//! JSON Feed.

use ctx_sdk::{Change, Content, Document, timestamp};
use serde::Deserialize;
use serde_json::Value;

/// An entry, as far as it is used.
#[derive(Deserialize)]
pub(crate) struct Item {
    /// A string; old feeds write numbers.
    #[serde(default)]
    id: Value,
    title: Option<String>,
    content_text: Option<String>,
    content_html: Option<String>,
    summary: Option<String>,
    url: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    language: Option<String>,
    #[serde(default)]
    authors: Vec<Author>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
}

/// Turns an entry into a document; without an id or content it is skipped.
pub(crate) fn change(item: Item) -> Change {
    let id = match &item.id {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => {
            let which = item.title.or(item.url).unwrap_or_default();
            return Change::Skip(ctx_sdk::connector::Skipped {
                id: None,
                reason: format!("`{which}` has no id"),
            });
        }
    };
    let (media_type, text) = match (item.content_text, item.content_html, item.summary) {
        (Some(text), _, _) => ("text/plain", text),
        (None, Some(html), _) => ("text/html", html),
        (None, None, Some(summary)) => ("text/plain", summary),
        (None, None, None) => return Change::skip(id, "it has no content"),
    };
    let date = item.date_modified.as_deref().or(item.date_published.as_deref());
    let mut document = Document {
        // A feed that dates its changes spares the host comparing contents.
        version: item.date_modified.clone().unwrap_or_default(),
        title: item.title,
        author: item.authors.into_iter().find_map(|author| author.name),
        uri: item.url,
        language: item.language,
        created: item.date_published.as_deref().and_then(timestamp),
        modified: date.and_then(timestamp),
        ..Document::new(id, media_type, Content::Text(text))
    };
    if !item.tags.is_empty() {
        document = document.with_metadata("tags", item.tags);
    }
    document.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    fn read(json: &str) -> Change {
        change(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_entry_becomes_a_document() {
        let json = r#"{"id":"7","title":"T","content_text":"body","url":"https://a.example/7",
            "date_published":"1970-01-01T00:00:01Z","date_modified":"1970-01-01T00:01:00Z",
            "authors":[{"name":"A"}],"tags":["x","y"]}"#;
        let Change::Upsert(document) = read(json) else { panic!("no document") };
        assert_eq!(
            (document.id.as_str(), document.version.as_str()),
            ("7", "1970-01-01T00:01:00Z")
        );
        assert_eq!((document.created, document.modified), (Some(1), Some(60)));
        assert_eq!(document.author.as_deref(), Some("A"));
        assert_eq!(document.metadata, r#"{"tags":["x","y"]}"#);
        assert!(matches!(document.content, Content::Text(text) if text == "body"));
    }

    #[test]
    fn html_keeps_its_type_and_a_number_is_an_id() {
        let Change::Upsert(document) = read(r#"{"id":7,"content_html":"<p>x</p>"}"#) else {
            panic!("no document")
        };
        assert_eq!((document.id.as_str(), document.media_type.as_str()), ("7", "text/html"));
    }

    #[test]
    fn an_entry_without_id_or_content_is_skipped_with_a_reason() {
        for (json, id, reason) in [
            (r#"{"title":"T","content_text":"x"}"#, None, "`T` has no id"),
            (r#"{"id":"7"}"#, Some("7"), "it has no content"),
        ] {
            let Change::Skip(skipped) = read(json) else { panic!("not skipped") };
            assert_eq!((skipped.id.as_deref(), skipped.reason.as_str()), (id, reason));
        }
    }
}
