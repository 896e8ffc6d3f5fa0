//! Questions to the gathered documents, and their answers.

use std::fmt;

use crate::{Chunk, Document, DocumentId, Span, Timestamp};

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Keyword,
    Semantic,
    Hybrid,
}

impl Mode {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Semantic => "semantic",
            Self::Hybrid => "hybrid",
        }
    }

    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Keyword, Self::Semantic, Self::Hybrid].into_iter().find(|mode| mode.as_str() == word)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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
    /// Whether to say how each hit came to its score.
    pub explain: bool,
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
    /// What the asker should know of this answer.
    pub notices: Vec<Notice>,
    /// How the hits came to their scores, if that was asked.
    pub explained: Option<Explanation>,
    /// What hooks add to it, if any do.
    pub enrichment: Option<Enrichment>,
}

/// What hooks add to an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Enrichment {
    /// Text, in the order of the hooks.
    pub snippets: Vec<String>,
    pub tags: Vec<String>,
}

/// Something that the asker should know of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It was found in another mode than the one asked for.
    ModeFallback { asked: Mode, used: Mode, why: String },
    /// Quotes, AND, OR, NOT, + or - stood where they have no meaning, and were
    /// taken as words or passed over.
    PlainWords,
    /// So many chunks have no vector yet: only their words can be found.
    Unembedded { chunks: u64 },
}

impl Notice {
    /// Returns the stable name of what it says.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ModeFallback { .. } => "mode_fallback",
            Self::PlainWords => "plain_words",
            Self::Unembedded { .. } => "unembedded",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModeFallback { asked, used, why } => {
                write!(f, "searched in {used} mode instead of {asked}: {why}")
            }
            Self::PlainWords => f.write_str(
                "some of the quotes, AND, OR, NOT, + and - had no meaning where they stood, \
                 and only the words count",
            ),
            Self::Unembedded { chunks } => {
                write!(f, "{chunks} chunks have no embedding yet; run `ctx embed pending`")
            }
        }
    }
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation {
    /// How much meaning weighs against words, from 0 to 1.
    pub alpha: f32,
    /// Documents that were looked at for their words.
    pub keyword_candidates: u64,
    /// Documents that were looked at for their meaning.
    pub semantic_candidates: u64,
    /// One for each hit, in their order.
    pub scores: Vec<Scores>,
}

/// What a hit's score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scores {
    pub keyword: Option<Ranked>,
    pub semantic: Option<Ranked>,
}

/// A place in one list of candidates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Counted from 1.
    pub rank: u32,
    pub score: f32,
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
