//! The text of a document: as its source gave it, decoded, or taken out of its
//! format by an extractor. What cannot be read is skipped with a reason, and
//! never ends a walk.

use std::sync::Arc;

use ctx_model::{Caller, Content, Document, ExtractRequest, Extracted, Receipt, Usage};

use crate::catalog::Catalog;
use crate::config::Engine;
use crate::decoding::{decode, essence, is_text};
use crate::host::Host;

/// Who turns files into text during a walk, and what it has cost.
pub(super) struct Reading<'a> {
    pub(super) host: &'a Host,
    pub(super) catalog: Arc<Catalog>,
    pub(super) caller: Caller,
    /// The source that is read.
    pub(super) source: &'a str,
    /// Which chunkers the config names.
    pub(super) engine: Engine,
    pub(super) spent: Usage,
}

/// A document whose content is text, and what the text is.
pub(super) struct Read {
    pub(super) document: Document,
    /// Decides how it is cut. The document keeps the type of its source.
    pub(super) text_type: String,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        host: &'a Host,
        catalog: Arc<Catalog>,
        source: &'a str,
        caller: Caller,
    ) -> Self {
        let engine = host.authority().config.engine.clone();
        Self { host, catalog, caller, source, engine, spent: Usage::default() }
    }

    /// Makes a document's content text, or says why it is none.
    pub(super) async fn read(&mut self, mut document: Document) -> Result<Read, String> {
        let essence = essence(&document.media_type);
        let content = std::mem::replace(&mut document.content, Content::Deferred);
        let Some(extension) = self.catalog.extractor(&essence).cloned() else {
            let text = match content {
                Content::Text(text) => text,
                Content::Bytes(bytes) => decode(bytes, &document.media_type)?,
                Content::Deferred => return Err("its connector gave no content".to_owned()),
            };
            document.content = Content::Text(text);
            return Ok(Read { text_type: document.media_type.clone(), document });
        };
        let (data, media_type) = match content {
            Content::Text(text) => (text.into_bytes(), format!("{essence};charset=utf-8")),
            Content::Bytes(bytes) if is_text(&essence) => {
                let text = decode(bytes, &document.media_type)?;
                (text.into_bytes(), format!("{essence};charset=utf-8"))
            }
            Content::Bytes(bytes) => (bytes, document.media_type.clone()),
            Content::Deferred => return Err("its connector gave no content".to_owned()),
        };
        let request = ExtractRequest { media_type, name: Some(file_name(&document)), data };
        let Receipt { outcome, usage } =
            self.host.extract(&extension, request, self.caller.clone()).await;
        self.spent.add(usage);
        match outcome {
            Ok(extracted) => Ok(merge(document, extracted)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The last part of its id, which for a file is its name.
pub(super) fn file_name(document: &Document) -> String {
    document.id.rsplit('/').next().unwrap_or(&document.id).to_owned()
}

/// Adds what a file says of itself to what its source says of it. The source
/// knows better, but for a title that is only the file's name.
fn merge(mut document: Document, extracted: Extracted) -> Read {
    let name = file_name(&document);
    if document.title.as_deref().is_none_or(|title| title == name) {
        document.title = extracted.title.or(document.title);
    }
    document.author = document.author.or(extracted.author);
    document.language = document.language.or(extracted.language);
    document.created = document.created.or(extracted.created);
    document.modified = document.modified.or(extracted.modified);
    document.metadata = merge_metadata(document.metadata, &extracted.metadata);
    document.content = Content::Text(extracted.text);
    Read { document, text_type: extracted.media_type }
}

/// Adds metadata under keys that the source did not use.
fn merge_metadata(source: String, extracted: &str) -> String {
    type Object = serde_json::Map<String, serde_json::Value>;
    let Ok(added) = serde_json::from_str::<Object>(extracted) else { return source };
    let text = if source.is_empty() { "{}" } else { source.as_str() };
    // What is no object is found wrong later.
    let Ok(mut object) = serde_json::from_str::<Object>(text) else { return source };
    if added.is_empty() {
        return source;
    }
    for (key, value) in added {
        object.entry(key).or_insert(value);
    }
    serde_json::Value::Object(object).to_string()
}
