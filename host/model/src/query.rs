//! Questions to the gathered documents, and their answers.

use crate::{Chunk, Document, DocumentId, Span, Timestamp};

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Keyword,
    Semantic,
    Hybrid,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub text: String,
    pub mode: Mode,
    /// Only these sources; empty means all.
    pub sources: Vec<String>,
    /// Only documents modified at this time or later.
    pub since: Option<Timestamp>,
    /// Only documents modified before this time.
    pub until: Option<Timestamp>,
    /// Only these media types; empty means all.
    pub media_types: Vec<String>,
    pub limit: u32,
    pub cursor: Option<String>,
}

/// A document that matches, and where it matches best.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub id: DocumentId,
    pub source: String,
    pub document_id: String,
    pub title: String,
    pub uri: Option<String>,
    pub media_type: String,
    pub modified: Option<Timestamp>,
    pub span: Span,
    pub snippet: String,
    /// Higher is better. Comparable within one answer only.
    pub score: f32,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hits {
    pub hits: Vec<Hit>,
    /// The mode that was used.
    pub mode: Mode,
    pub cursor: Option<String>,
}

/// A document as the host keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub id: DocumentId,
    pub source: String,
    /// Its content is text.
    pub document: Document,
    pub chunks: Vec<Chunk>,
}

/// What a source holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    pub name: String,
    /// The extension that reads it.
    pub extension: String,
    /// Whether the config or the program itself names it.
    pub configured: bool,
    /// Whether it could be synced now.
    pub ready: bool,
    /// Why not.
    pub note: Option<String>,
    pub documents: u64,
    /// The pieces that its documents are cut into.
    pub chunks: u64,
    /// When a sync last ended well.
    pub synced: Option<Timestamp>,
}
