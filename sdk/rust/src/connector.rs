//! Connectors: the trait that an author implements, and a walk that the host
//! pulls page by page, so that a guest never holds a whole source.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::connector::exports::ctx::extension::source;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;
use crate::{Error, Result, Schema};

pub use source::{Change, Page, Skipped, SourceInfo};
pub use types::{Content, Document};

/// Brings documents in from somewhere else.
pub trait Connector {
    /// What the operator's settings are read as.
    type Settings: DeserializeOwned;

    /// A walk through the source.
    type Scan: Scan;

    /// Describes the connector, with nothing granted.
    fn describe() -> SourceInfo;

    /// Starts a walk: a full one, or from a checkpoint that an earlier page
    /// gave.
    fn open(settings: Self::Settings, since: Option<String>) -> Result<Self::Scan, OpenError>;
}

/// A walk through a source.
pub trait Scan: 'static {
    /// Returns at most `limit` changes, or nothing once the walk is over.
    fn next(&mut self, limit: usize) -> Result<Option<Page>>;

    /// Returns the content of a document that was given as
    /// [`Content::Deferred`]. Asked for only if the host lacks its version.
    fn read(&mut self, id: &str) -> Result<Content> {
        Err(Error::not_found(format!("`{id}` was not deferred")))
    }
}

/// For a connector that walks in more than one way.
impl Scan for Box<dyn Scan> {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        self.as_mut().next(limit)
    }

    fn read(&mut self, id: &str) -> Result<Content> {
        self.as_mut().read(id)
    }
}

/// Why a scan could not be opened.
#[derive(Debug, Clone)]
pub enum OpenError {
    /// The checkpoint has no meaning any more. The host opens a full scan.
    CheckpointExpired,
    /// Anything else.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for OpenError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl SourceInfo {
    /// Describes a connector without settings, whose walks are windows: what
    /// a walk does not give is not taken to be gone.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            settings_schema: Schema::object().into_json(),
            incremental: false,
            complete: false,
            streaming: true,
        }
    }

    /// Sets the schema of the settings, an object.
    #[must_use]
    pub fn settings(mut self, schema: Schema) -> Self {
        self.settings_schema = schema.into_json();
        self
    }

    /// A later walk may go on where a finished one ended, and gives only what
    /// changed since.
    #[must_use]
    pub fn incremental(mut self) -> Self {
        self.incremental = true;
        self
    }

    /// A full walk gives every document there is, so that one it did not give
    /// is gone.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// The first page may be all the work, and gets the time of a whole walk.
    #[must_use]
    pub fn all_at_once(mut self) -> Self {
        self.streaming = false;
        self
    }
}

impl Page {
    /// Returns a page of changes, in the order in which they apply.
    pub fn new(changes: Vec<Change>) -> Self {
        Self { changes, checkpoint: None, total: None }
    }

    /// Lets a later scan start after this page.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: impl Into<String>) -> Self {
        self.checkpoint = Some(checkpoint.into());
        self
    }

    /// Says how many documents the walk will give.
    #[must_use]
    pub fn total(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }
}

impl Change {
    /// The document is there and cannot be given.
    pub fn skip(id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Skip(Skipped { id: Some(id.into()), reason: reason.into() })
    }
}

impl From<Document> for Change {
    fn from(document: Document) -> Self {
        Self::Upsert(document)
    }
}

impl Document {
    /// Returns a plain document. Its fields are public: set what is known.
    pub fn new(id: impl Into<String>, media_type: impl Into<String>, content: Content) -> Self {
        Self {
            id: id.into(),
            version: String::new(),
            title: None,
            author: None,
            uri: None,
            media_type: media_type.into(),
            language: None,
            created: None,
            modified: None,
            data_classes: None,
            metadata: "{}".to_owned(),
            content,
        }
    }

    /// Returns a document of plain text.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(id, "text/plain", Content::Text(text.into()))
    }

    /// Adds a key to the metadata.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, value: impl Into<Value>) -> Self {
        let mut metadata: serde_json::Map<String, Value> =
            serde_json::from_str(&self.metadata).unwrap_or_default();
        metadata.insert(key.to_owned(), value.into());
        self.metadata = Value::Object(metadata).to_string();
        self
    }
}

/// A walk as the host holds it. `export!` names it.
#[doc(hidden)]
pub struct Opened<S>(RefCell<S>);

impl<S: Scan> source::GuestScan for Opened<S> {
    fn next(&self, limit: u32) -> Result<Option<Page>, types::Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.0.borrow_mut().next(limit).map_err(lower)
    }

    fn read(&self, id: String) -> Result<Content, types::Error> {
        self.0.borrow_mut().read(&id).map_err(lower)
    }
}

/// Opens a walk for the host. `export!` calls it.
#[doc(hidden)]
pub fn open<C: Connector>(
    request: source::OpenRequest,
) -> Result<Opened<C::Scan>, source::OpenError> {
    let settings = serde_json::from_str(&request.settings).map_err(|error| {
        let what = format!("the settings of `{}` do not fit: {error}", request.name);
        source::OpenError::Failed(lower(Error::invalid_input(what)))
    })?;
    match C::open(settings, request.since) {
        Ok(scan) => Ok(Opened(RefCell::new(scan))),
        Err(OpenError::CheckpointExpired) => Err(source::OpenError::CheckpointExpired),
        Err(OpenError::Failed(error)) => Err(source::OpenError::Failed(lower(error))),
    }
}
