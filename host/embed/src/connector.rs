//! Connectors: the trait, what one gives, and the registry.

use std::sync::Arc;
use std::vec::IntoIter;

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ctx_core::{NativeConnector, NativeScan, Surroundings};
use ctx_model::{
    Change, Content, Document, Failure, FailureKind, OpenRequest, Page, Skipped, SourceInfo,
};
use serde_json::{Map, Value};

use crate::tool::failure;

/// Where documents come from.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it is called.
    fn name(&self) -> &str;
    /// What it reads, in a sentence.
    fn description(&self) -> &str;
    /// What stands before its name in the source's.
    #[expect(clippy::unnecessary_literal_bound, reason = "others may make theirs")]
    fn connector_type(&self) -> &str {
        "custom"
    }
    /// What its source is called: `custom:NAME`, unless it says otherwise.
    fn source_label(&self) -> String {
        format!("{}:{}", self.connector_type(), self.name())
    }
    /// Gives every document that there is. What it does not give any more is
    /// removed; what it gives unchanged costs nothing.
    async fn scan(&self) -> Result<Vec<SourceItem>>;
}

/// A document, as a connector gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceItem {
    /// The source's label. Another one than the connector's own is kept in the
    /// metadata, as `source`.
    pub source: String,
    /// What it is called within its source; may not be empty.
    pub source_id: String,
    /// Where it is, for people.
    pub source_url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its media type; empty means plain text.
    pub content_type: String,
    /// Its text.
    pub body: String,
    /// A JSON object with whatever else is known.
    pub metadata_json: String,
    /// The record that it was made from; kept in the metadata, as `raw_json`.
    pub raw_json: Option<String>,
    /// The file that it is, if its text is to be taken out of that.
    pub raw_bytes: Option<Vec<u8>>,
}

/// Connectors that the program adds to those of the config.
#[derive(Clone, Default)]
pub struct ConnectorRegistry(Vec<Arc<dyn Connector>>);

impl ConnectorRegistry {
    /// Makes an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connector.
    pub fn register(&mut self, connector: Box<dyn Connector>) {
        self.0.push(connector.into());
    }

    /// Returns the connectors, in the order in which they came.
    pub fn connectors(&self) -> &[Arc<dyn Connector>] {
        &self.0
    }

    /// Returns the connectors of one type.
    pub fn connectors_by_type(&self, connector_type: &str) -> Vec<&dyn Connector> {
        let all = self.0.iter().map(|connector| &**connector);
        all.filter(|connector| connector.connector_type() == connector_type).collect()
    }

    /// Finds a connector.
    pub fn find(&self, connector_type: &str, name: &str) -> Option<&dyn Connector> {
        let mut all = self.0.iter().map(|connector| &**connector);
        all.find(|one| one.connector_type() == connector_type && one.name() == name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A connector, as the host runs it.
pub(crate) struct Adapted(pub(crate) Arc<dyn Connector>);

#[async_trait]
impl NativeConnector for Adapted {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            description: self.0.description().to_owned(),
            settings_schema: r#"{"type":"object","properties":{}}"#.to_owned(),
            incremental: false,
            complete: true,
            streaming: false,
        }
    }

    async fn open(
        &self,
        request: OpenRequest,
        _: Surroundings,
    ) -> Result<Box<dyn NativeScan>, Failure> {
        let items = self.0.scan().await.map_err(failure)?;
        Ok(Box::new(Items {
            total: items.len() as u64,
            source: request.name,
            left: items.into_iter(),
        }))
    }
}

/// What a scan gave, handed on page by page.
struct Items {
    source: String,
    total: u64,
    left: IntoIter<SourceItem>,
}

#[async_trait]
impl NativeScan for Items {
    async fn next(&mut self, most: u32) -> Result<Option<Page>, Failure> {
        let page = self.left.by_ref().take(most as usize);
        let changes: Vec<Change> = page.map(|item| change(item, &self.source)).collect();
        let page = Page { changes, checkpoint: None, total: Some(self.total) };
        Ok((!page.changes.is_empty()).then_some(page))
    }

    async fn read(&mut self, id: &str) -> Result<Content, Failure> {
        Err(Failure {
            kind: FailureKind::NotFound,
            message: format!("`{id}` was given whole"),
            retry_after: None,
            details: None,
        })
    }
}

fn change(item: SourceItem, source: &str) -> Change {
    let skip =
        |id: Option<String>, reason: &str| Change::Skip(Skipped { id, reason: reason.to_owned() });
    if item.source_id.is_empty() {
        return skip(None, "its `source_id` is empty");
    }
    let content = match item.raw_bytes {
        Some(bytes) if item.body.is_empty() => Content::Bytes(bytes),
        _ if item.body.is_empty() => {
            return skip(Some(item.source_id), "it has neither a `body` nor `raw_bytes`");
        }
        _ => Content::Text(item.body),
    };
    let mut metadata: Map<String, Value> =
        serde_json::from_str(&item.metadata_json).unwrap_or_default();
    if let Some(raw) = item.raw_json.and_then(|raw| serde_json::from_str(&raw).ok()) {
        metadata.insert("raw_json".to_owned(), raw);
    }
    if !item.source.is_empty() && item.source != source {
        metadata.insert("source".to_owned(), item.source.into());
    }
    let media_type =
        if item.content_type.is_empty() { "text/plain".to_owned() } else { item.content_type };
    Change::Upsert(Document {
        id: item.source_id,
        version: String::new(),
        title: item.title,
        author: item.author,
        uri: item.source_url,
        media_type,
        language: None,
        created: Some(item.created_at.timestamp()),
        modified: Some(item.updated_at.timestamp()),
        data_classes: None,
        metadata: Value::Object(metadata).to_string(),
        content,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    fn item() -> SourceItem {
        SourceItem {
            source: "custom:here".to_owned(),
            source_id: "one".to_owned(),
            source_url: None,
            title: None,
            author: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            content_type: String::new(),
            body: "hello".to_owned(),
            metadata_json: "{}".to_owned(),
            raw_json: None,
            raw_bytes: None,
        }
    }

    fn document(item: SourceItem) -> Document {
        match change(item, "custom:here") {
            Change::Upsert(document) => document,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_that_an_item_says_is_lost() {
        let other = SourceItem {
            source: "custom:there".to_owned(),
            metadata_json: r#"{"stars": 5}"#.to_owned(),
            raw_json: Some(r#"{"id": 1}"#.to_owned()),
            ..item()
        };
        let metadata = document(other).metadata;
        assert_eq!(metadata, r#"{"stars":5,"raw_json":{"id":1},"source":"custom:there"}"#);
        assert_eq!(document(item()).metadata, "{}");
        assert_eq!(document(item()).media_type, "text/plain");
    }

    #[test]
    fn a_file_is_kept_as_the_bytes_that_it_is() {
        let file = SourceItem { body: String::new(), raw_bytes: Some(vec![1]), ..item() };
        assert_eq!(document(file).content, Content::Bytes(vec![1]));
    }

    #[test]
    fn an_item_without_an_id_or_a_text_is_skipped_with_the_reason() {
        let nameless = change(SourceItem { source_id: String::new(), ..item() }, "custom:here");
        assert!(matches!(nameless, Change::Skip(Skipped { id: None, .. })), "{nameless:?}");
        let empty = change(SourceItem { body: String::new(), ..item() }, "custom:here");
        assert!(matches!(empty, Change::Skip(Skipped { id: Some(_), .. })), "{empty:?}");
    }
}
