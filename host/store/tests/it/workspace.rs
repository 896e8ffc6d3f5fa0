//! A store in a scratch folder, and documents in a few words.

use std::path::PathBuf;

use ctx_model::{Chunk, Content, Document, Hits, Query, Span};
use ctx_store::{CheckpointWrite, DocumentWrite, PageWrite, Store, document_id};
use tempfile::TempDir;

pub(crate) struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Opens the store as one more process would.
    pub(crate) fn open(&self) -> Store {
        Store::open(self.folder.path()).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A document whose paragraphs are its chunks.
pub(crate) fn document(source: &str, id: &str, text: &str) -> DocumentWrite {
    let mut chunks = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive("\n\n") {
        let end = start + part.len();
        let span = Span { start: u32::try_from(start).unwrap(), end: u32::try_from(end).unwrap() };
        chunks.push(Chunk { span, breadcrumbs: Vec::new() });
        start = end;
    }
    DocumentWrite {
        id: document_id(source, id),
        content_hash: [u8::try_from(text.len() % 251).unwrap(); 32],
        chunks,
        document: Document {
            id: id.to_owned(),
            version: format!("v{}", text.len()),
            title: None,
            author: None,
            uri: None,
            media_type: "text/plain".to_owned(),
            language: None,
            created: None,
            modified: None,
            data_classes: None,
            metadata: "{}".to_owned(),
            content: Content::Text(text.to_owned()),
        },
    }
}

pub(crate) fn put(store: &Store, source: &str, documents: &[(&str, &str)]) {
    let upserts = documents.iter().map(|(id, text)| document(source, id, text)).collect();
    store.apply(source, &PageWrite { upserts, ..PageWrite::default() }).unwrap();
}

pub(crate) fn remove(store: &Store, source: &str, ids: &[&str]) {
    let removals = ids.iter().map(|id| (*id).to_owned()).collect();
    store.apply(source, &PageWrite { removals, ..PageWrite::default() }).unwrap();
}

pub(crate) fn set_checkpoint(store: &Store, source: &str, value: &str) {
    let checkpoint = CheckpointWrite::Set(value.to_owned());
    store.apply(source, &PageWrite { checkpoint, ..PageWrite::default() }).unwrap();
}

pub(crate) fn query(text: &str) -> Query {
    Query { text: text.to_owned(), limit: 10, ..Query::default() }
}

pub(crate) fn search(store: &Store, text: &str) -> Hits {
    store.search(&query(text)).unwrap()
}

/// The ids that a search finds, best first.
pub(crate) fn found(store: &Store, text: &str) -> Vec<String> {
    ids(search(store, text))
}

pub(crate) fn ids(hits: Hits) -> Vec<String> {
    hits.hits.into_iter().map(|hit| hit.document_id).collect()
}
