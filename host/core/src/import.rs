//! Takes over what Context Harness has gathered: its documents under the same
//! names, cut into chunks anew. Its checkpoints stay behind, so the next sync
//! of each source walks from the start.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ctx_model::{Content, Document, Skipped};
use ctx_store::{DocumentWrite, ForeignDatabase, ForeignDocument, PageWrite, Store, StoreError};

use crate::content;
use crate::error::HostError;
use crate::host::Host;
use crate::sync::blocking;

/// Documents that are stored at once, and bytes of them.
const PAGE: usize = 256;
const PAGE_BYTES: usize = 16 << 20;

/// Skipped documents that a report names; the others are counted.
const NAMED: usize = 100;

/// What was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    pub documents: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Documents that could not be read or stored.
    pub skipped: u64,
    /// Some of them, and why.
    pub skips: Vec<Skipped>,
    /// How many documents each source brought.
    pub sources: BTreeMap<String, u64>,
}

/// Moves a database of Context Harness out of the place where a workspace's
/// own store belongs. Returns where it is now. Nothing is deleted or replaced.
pub fn set_aside(own: &Path) -> Result<PathBuf, HostError> {
    // Whoever names our own database here is mistaken, and it stays. So does
    // one that would give nothing.
    let database = ForeignDatabase::open(own)?;
    let gives = |document: ForeignDocument| {
        let id = Store::document_id(&document.source, &document.source_id);
        content::ready(id, ours(document), "", usize::MAX, None).is_ok()
    };
    if !database.any(gives)? {
        let why = "it holds no document that could be taken over, and stays where it is";
        return Err(StoreError::NotForeign { path: own.to_owned(), why }.into());
    }
    drop(database);
    let mut name = own.file_name().unwrap_or_default().to_owned();
    name.push(".context-harness");
    let name = name.to_string_lossy();
    let aside = |number: u32| match number {
        1 => own.with_file_name(&*name),
        _ => own.with_file_name(format!("{name}-{number}")),
    };
    let Some(aside) = (1..1000).map(aside).find(|aside| !aside.exists()) else {
        let why = "too many others were moved aside before it".to_owned();
        return Err(StoreError::Unusable { path: own.to_owned(), why }.into());
    };
    // The log goes first: without it the database lacks what is in it.
    for suffix in ["-wal", "-shm", ""] {
        let with = |path: &Path| {
            let mut path = path.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        };
        match fs::rename(with(own), with(&aside)) {
            Err(error) if suffix.is_empty() || error.kind() != std::io::ErrorKind::NotFound => {
                let why = format!("it cannot be moved aside: {error}");
                return Err(StoreError::Unusable { path: own.to_owned(), why }.into());
            }
            _ => {}
        }
    }
    Ok(aside)
}

impl Host {
    /// Returns the database of Context Harness that lies where the store of
    /// this workspace belongs.
    pub fn foreign_store(&self) -> Option<&Path> {
        match &self.store_error {
            Some(StoreError::Foreign { path }) => Some(path),
            _ => None,
        }
    }

    /// Takes over the documents of a database of Context Harness. Doing so
    /// again changes nothing.
    pub async fn import(&self, path: &Path) -> Result<ImportReport, HostError> {
        let store = self.store()?.clone();
        let path = path.to_owned();
        let chunk = self.authority().config.engine.chunk;
        Ok(blocking(move || {
            let database = ForeignDatabase::open(&path)?;
            let mut import = Import {
                store: &store,
                chunk,
                report: ImportReport::default(),
                waiting: BTreeMap::new(),
                count: 0,
                bytes: 0,
            };
            database.for_each(|document| match document {
                Ok(document) => import.take(document),
                Err(skip) => {
                    import.skip(skip.id, skip.why.to_owned());
                    Ok(())
                }
            })?;
            import.store_page()?;
            store.refresh_index()?;
            Ok(import.report)
        })
        .await?)
    }
}

struct Import<'a> {
    store: &'a Arc<Store>,
    /// Bytes of a chunk.
    chunk: usize,
    report: ImportReport,
    /// Documents to be stored, by source.
    waiting: BTreeMap<String, Vec<Document>>,
    count: usize,
    bytes: usize,
}

impl Import<'_> {
    fn take(&mut self, document: ForeignDocument) -> Result<(), StoreError> {
        self.count += 1;
        self.bytes += document.body.len();
        let source = document.source.clone();
        self.waiting.entry(source).or_default().push(ours(document));
        if self.count >= PAGE || self.bytes >= PAGE_BYTES { self.store_page() } else { Ok(()) }
    }

    fn skip(&mut self, id: Option<String>, reason: String) {
        self.report.skipped += 1;
        if self.report.skips.len() < NAMED {
            self.report.skips.push(Skipped { id, reason });
        }
    }

    fn store_page(&mut self) -> Result<(), StoreError> {
        (self.count, self.bytes) = (0, 0);
        for (source, documents) in std::mem::take(&mut self.waiting) {
            let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
            let known = self.store.known(&source, &ids)?;
            let mut upserts: Vec<DocumentWrite> = Vec::new();
            for document in documents {
                let name = document.id.clone();
                let id = Store::document_id(&source, &name);
                match content::ready(id, document, "", self.chunk, None) {
                    Err(why) => self.skip(Some(name), why),
                    Ok(write) => {
                        self.report.documents += 1;
                        *self.report.sources.entry(source.clone()).or_default() += 1;
                        let stored = known.get(&name);
                        if stored.is_some_and(|old| old.content_hash == write.content_hash) {
                            self.report.unchanged += 1;
                        } else {
                            upserts.push(write);
                        }
                    }
                }
            }
            let page = PageWrite { upserts, ..PageWrite::default() };
            let applied = self.store.apply(&source, &page)?;
            self.report.added += applied.added;
            self.report.changed += applied.changed;
        }
        Ok(())
    }
}

/// Makes one of our documents of one of theirs.
fn ours(document: ForeignDocument) -> Document {
    let metadata = document.metadata.filter(|text| content::is_object(text));
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Document {
        id: document.source_id,
        // There is none, so the next sync compares the content.
        version: String::new(),
        title: some(document.title),
        author: some(document.author),
        uri: some(document.url),
        media_type: some(document.content_type).unwrap_or_default(),
        language: None,
        created: document.created,
        modified: document.updated,
        data_classes: None,
        metadata: metadata.unwrap_or_default(),
        content: Content::Text(document.body),
    }
}
