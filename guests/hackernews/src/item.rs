//! An item of Hacker News, and the document that a story becomes. `item` and
//! `kids` are the service's words.

use std::fmt::Write as _;

use ctx_sdk::{Content, Document};
use serde::Deserialize;

/// A story, a job, a poll or a comment, as far as it is used.
#[derive(Deserialize)]
pub(crate) struct Item {
    #[serde(rename = "type", default)]
    kind: String,
    by: Option<String>,
    time: Option<i64>,
    title: Option<String>,
    /// HTML.
    text: Option<String>,
    url: Option<String>,
    score: Option<i64>,
    descendants: Option<u64>,
    #[serde(default)]
    pub(crate) kids: Vec<u64>,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    dead: bool,
}

impl Item {
    /// Whether it is to be seen.
    pub(crate) fn is_there(&self) -> bool {
        !self.deleted && !self.dead
    }

    /// Makes a document of a story and its comments.
    pub(crate) fn document(self, id: u64, comments: &[Self]) -> Document {
        let talk = format!("https://news.ycombinator.com/item?id={id}");
        let title = self.title.clone().unwrap_or_else(|| format!("Item {id}"));
        let mut text = format!("# {title}\n");
        // Writing to a string cannot fail, here and below.
        if let Some(url) = &self.url {
            let _ = write!(text, "\n<{url}>\n");
        }
        if let Some(html) = &self.text {
            let _ = write!(text, "\n{}", page::read(html).text);
        }
        if !comments.is_empty() {
            text.push_str("\n## Comments\n");
        }
        for comment in comments {
            let by = comment.by.as_deref().unwrap_or("somebody");
            let said = page::read(comment.text.as_deref().unwrap_or_default()).text;
            let _ = write!(text, "\n**{by}**: {said}");
        }
        let mut document = Document {
            title: Some(title),
            author: self.by,
            uri: Some(self.url.unwrap_or_else(|| talk.clone())),
            created: self.time,
            modified: self.time,
            ..Document::new(id.to_string(), "text/markdown", Content::Text(text))
        };
        document = document.with_metadata("discussion", talk).with_metadata("type", self.kind);
        if let Some(score) = self.score {
            document = document.with_metadata("score", score);
        }
        match self.descendants {
            Some(count) => document.with_metadata("comments", count),
            None => document,
        }
    }
}
