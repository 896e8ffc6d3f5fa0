//! Documents, and how a connector gives them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::{Json, Timestamp};

/// A document as its source knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Unique and stable within its source.
    pub id: String,
    /// Changes if and only if the content changes; empty if the source has
    /// none, and then contents are compared.
    pub version: String,
    pub title: Option<String>,
    pub author: Option<String>,
    pub uri: Option<String>,
    pub media_type: String,
    pub language: Option<String>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub data_classes: Option<Vec<String>>,
    /// A JSON object.
    pub metadata: Json,
    pub content: Content,
}

/// The body of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    Bytes(Vec<u8>),
    /// Read later, and only if the stored version differs.
    Deferred,
}

/// The host's id of a document: a `UUIDv5` of source and source id, so it is
/// the same on every machine and after every sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

/// A half-open range of bytes in a text, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A piece of a document's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub span: Span,
    /// Headings above the piece, outermost first.
    pub breadcrumbs: Vec<String>,
}

/// A document that could not be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub id: Option<String>,
    pub reason: String,
}

/// One thing that happened in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all changes are documents")]
pub enum Change {
    Upsert(Document),
    Remove(String),
    Skip(Skipped),
}

/// A few changes, in the order in which they apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub changes: Vec<Change>,
    /// Stored in the transaction that stores the changes before it.
    pub checkpoint: Option<String>,
    /// How many documents the walk will give, where that is known.
    pub total: Option<u64>,
}

/// What a connector says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    pub description: String,
    pub settings_schema: Json,
    /// Whether a later walk may go on where a finished one ended.
    pub incremental: bool,
    /// Whether a full walk gives every document there is.
    pub complete: bool,
    /// Whether each page is a page's work.
    pub streaming: bool,
}

/// What to walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    pub name: String,
    pub settings: Json,
    pub since: Option<String>,
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// Text that is no document id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a document id")]
pub struct InvalidDocumentId(pub String);

impl FromStr for DocumentId {
    type Err = InvalidDocumentId;

    fn from_str(text: &str) -> Result<Self, InvalidDocumentId> {
        let invalid = || InvalidDocumentId(text.to_owned());
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(invalid());
        }
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(id))
    }
}
