//! What a search finds, and a document in full.

use ctx_model::{Content, Span, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, Time};

/// The answer to a query.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hits<'a> {
    /// The mode that was used.
    pub mode: Mode,
    /// Best first.
    pub hits: Vec<Hit<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cursor: Option<&'a str>,
    /// What the asker should know of this answer, such as another mode than
    /// was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// How the hits came to their scores, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explained: Option<Explanation>,
    /// What hooks add to it, if any do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub enrichment: Option<Enrichment<'a>>,
}

/// What hooks add to an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Enrichment<'a> {
    /// Text, in the order of the hooks.
    pub snippets: &'a [String],
    pub tags: &'a [String],
}

/// Something that the asker should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    /// `mode_fallback`, `plain_words` or `unembedded`.
    pub code: &'static str,
    pub message: String,
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// How much meaning weighs against words, from 0 to 1.
    pub alpha: f64,
    /// Documents that were looked at for their words.
    pub keyword_candidates: u64,
    /// Documents that were looked at for their meaning.
    pub semantic_candidates: u64,
    /// One for each hit, in their order.
    pub scores: Vec<Scores>,
}

/// What a hit's score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Scores {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub keyword: Option<Ranked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub semantic: Option<Ranked>,
}

/// A place in one list of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Ranked {
    /// Counted from 1.
    pub rank: u32,
    pub score: f64,
}

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Keyword,
    Semantic,
    Hybrid,
}

/// A document that matches, and where it matches best.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hit<'a> {
    /// The document's id: the same on every machine and after every sync.
    #[schema(format = "uuid")]
    pub id: String,
    pub source: &'a str,
    /// Its id within its source.
    pub source_id: &'a str,
    pub title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uri: Option<&'a str>,
    pub media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub modified: Option<Time>,
    /// Where in the body the match lies: first byte, and the byte after it.
    #[schema(min_items = 2, max_items = 2)]
    pub span: [u32; 2],
    pub snippet: &'a str,
    /// Higher is better. Comparable within one answer only.
    pub score: f64,
}

/// A document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Document<'a> {
    /// The same on every machine and after every sync.
    #[schema(format = "uuid")]
    pub id: String,
    pub source: &'a str,
    /// Its id within its source.
    pub source_id: &'a str,
    /// Empty if its source has none.
    pub version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uri: Option<&'a str>,
    pub media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub modified: Option<Time>,
    /// Whatever else its source knows.
    #[schema(value_type = Object)]
    pub metadata: Json<'a>,
    pub body: &'a str,
    pub chunks: Vec<Chunk<'a>>,
}

/// A piece of a document's body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Chunk<'a> {
    /// Its place among the pieces, from 0.
    pub index: usize,
    /// Where in the body it lies: first byte, and the byte after it.
    #[schema(min_items = 2, max_items = 2)]
    pub span: [u32; 2],
    /// Headings above it, outermost first.
    pub breadcrumbs: &'a [String],
}

impl From<ctx_model::Mode> for Mode {
    fn from(mode: ctx_model::Mode) -> Self {
        match mode {
            ctx_model::Mode::Keyword => Self::Keyword,
            ctx_model::Mode::Semantic => Self::Semantic,
            ctx_model::Mode::Hybrid => Self::Hybrid,
        }
    }
}

impl From<Mode> for ctx_model::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Keyword => Self::Keyword,
            Mode::Semantic => Self::Semantic,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

impl From<&ctx_model::Notice> for Notice {
    fn from(notice: &ctx_model::Notice) -> Self {
        Self { code: notice.code(), message: notice.to_string() }
    }
}

impl From<&ctx_model::Explanation> for Explanation {
    fn from(explained: &ctx_model::Explanation) -> Self {
        let place = |ranked: Option<ctx_model::Ranked>| {
            ranked.map(|ranked| Ranked { rank: ranked.rank, score: ranked.score.into() })
        };
        let scores = explained.scores.iter().map(|scores| Scores {
            keyword: place(scores.keyword),
            semantic: place(scores.semantic),
        });
        Self {
            alpha: explained.alpha.into(),
            keyword_candidates: explained.keyword_candidates,
            semantic_candidates: explained.semantic_candidates,
            scores: scores.collect(),
        }
    }
}

impl<'a> From<&'a ctx_model::Hits> for Hits<'a> {
    fn from(hits: &'a ctx_model::Hits) -> Self {
        Self {
            mode: hits.mode.into(),
            hits: hits.hits.iter().map(Hit::from).collect(),
            cursor: hits.cursor.as_deref(),
            notices: hits.notices.iter().map(Notice::from).collect(),
            explained: hits.explained.as_ref().map(Explanation::from),
            enrichment: hits
                .enrichment
                .as_ref()
                .map(|one| Enrichment { snippets: &one.snippets, tags: &one.tags }),
        }
    }
}

impl<'a> From<&'a ctx_model::Hit> for Hit<'a> {
    fn from(hit: &'a ctx_model::Hit) -> Self {
        Self {
            id: hit.id.to_string(),
            source: &hit.source,
            source_id: &hit.document_id,
            title: &hit.title,
            uri: hit.uri.as_deref(),
            media_type: &hit.media_type,
            modified: hit.modified.and_then(Time::new),
            span: ends(hit.span),
            snippet: &hit.snippet,
            score: hit.score.into(),
        }
    }
}

impl<'a> From<&'a Stored> for Document<'a> {
    fn from(stored: &'a Stored) -> Self {
        let document = &stored.document;
        let chunks = stored.chunks.iter().enumerate().map(|(index, chunk)| Chunk {
            index,
            span: ends(chunk.span),
            breadcrumbs: &chunk.breadcrumbs,
        });
        Self {
            id: stored.id.to_string(),
            source: &stored.source,
            source_id: &document.id,
            version: &document.version,
            title: document.title.as_deref(),
            author: document.author.as_deref(),
            uri: document.uri.as_deref(),
            media_type: &document.media_type,
            language: document.language.as_deref(),
            created: document.created.and_then(Time::new),
            modified: document.modified.and_then(Time::new),
            metadata: Json::new(&document.metadata),
            body: match &document.content {
                Content::Text(text) => text,
                // What is stored is text.
                Content::Bytes(_) | Content::Deferred => "",
            },
            chunks: chunks.collect(),
        }
    }
}

fn ends(span: Span) -> [u32; 2] {
    [span.start, span.end]
}
