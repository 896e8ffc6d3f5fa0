//! What tools and agents may ask: the gathered documents.

use std::sync::{Arc, OnceLock};

use anyhow::{Result, anyhow, bail};
use ctx_core::Host;
use ctx_model::{Content, Context, ContextError, Mode, Query, Stored, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::config::Config;
use crate::open;

/// The gathered documents, as tools and agents see them.
#[derive(Clone)]
pub struct ToolContext(Reached);

#[derive(Clone)]
enum Reached {
    /// Through the host that runs the tool.
    Run(Arc<dyn Context>),
    /// Through one that is opened when it is first needed.
    Alone { config: Arc<Config>, host: Arc<OnceLock<Result<Arc<Host>, String>>> },
}

/// How to search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchOptions {
    /// `keyword`, `semantic` or `hybrid`; `keyword` if it is absent.
    pub mode: Option<String>,
    /// At most so many results; 12 if it is absent.
    pub limit: Option<i64>,
    /// Only this source.
    pub source: Option<String>,
}

/// A document that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchResultItem {
    /// The document's id.
    pub id: String,
    /// Higher is better.
    pub score: f64,
    /// Its title.
    pub title: Option<String>,
    /// Its source.
    pub source: String,
    /// Its id within its source.
    pub source_id: String,
    /// When it last changed, as RFC 3339 writes it; empty if nobody knows.
    pub updated_at: String,
    /// A piece of it that fits.
    pub snippet: String,
    /// Where it is, for people.
    pub source_url: Option<String>,
}

/// A document, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentResponse {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// Its id within its source.
    pub source_id: String,
    /// Where it is, for people.
    pub source_url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was made, as RFC 3339 writes it; empty if nobody knows.
    pub created_at: String,
    /// When it last changed, as RFC 3339 writes it; empty if nobody knows.
    pub updated_at: String,
    /// Its media type.
    pub content_type: String,
    /// Its text.
    pub body: String,
    /// Whatever else is known.
    pub metadata: Value,
    /// Its pieces.
    pub chunks: Vec<DocumentChunk>,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentChunk {
    /// Its place among the pieces, from 0.
    pub index: usize,
    /// What it says.
    pub text: String,
}

/// What a source is and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// Whether the config or the program names it.
    pub configured: bool,
    /// Whether it could be synced.
    pub healthy: bool,
    /// What is wrong with it.
    pub notes: Option<String>,
}

impl ToolContext {
    /// Reaches the documents of a workspace from outside of any run.
    pub fn new(config: Arc<Config>) -> Self {
        Self(Reached::Alone { config, host: Arc::default() })
    }

    pub(crate) fn of(context: Arc<dyn Context>) -> Self {
        Self(Reached::Run(context))
    }

    fn context(&self) -> Result<Arc<dyn Context>> {
        match &self.0 {
            Reached::Run(context) => Ok(context.clone()),
            Reached::Alone { config, host } => {
                let open = || open::host(config, Vec::new(), None).map_err(|e| format!("{e:#}"));
                match host.get_or_init(open) {
                    Ok(host) => Ok(host.context()),
                    Err(why) => bail!("{why}"),
                }
            }
        }
    }

    /// Searches the documents.
    #[expect(clippy::unused_async, reason = "callers await it, as with Context Harness")]
    pub async fn search(
        &self,
        query: &str,
        options: SearchOptions,
    ) -> Result<Vec<SearchResultItem>> {
        if query.trim().is_empty() {
            return Ok(Vec::new());
        }
        let limit = options.limit.unwrap_or(12);
        let query = Query {
            text: query.to_owned(),
            mode: match options.mode.as_deref() {
                None | Some("keyword") => Mode::Keyword,
                Some("semantic") => Mode::Semantic,
                Some("hybrid") => Mode::Hybrid,
                Some(other) => bail!("there is no mode `{other}`: use keyword, semantic or hybrid"),
            },
            limit: u32::try_from(limit).map_err(|_| anyhow!("{limit} is no number of results"))?,
            sources: options.source.into_iter().collect(),
            ..Query::default()
        };
        let hits = self.context()?.search(&query).map_err(told)?;
        let items = hits.hits.into_iter().map(|hit| SearchResultItem {
            id: hit.id.to_string(),
            score: hit.score.into(),
            title: Some(hit.title).filter(|title| !title.is_empty()),
            source: hit.source,
            source_id: hit.document_id,
            updated_at: time(hit.modified),
            snippet: hit.snippet,
            source_url: hit.uri,
        });
        Ok(items.collect())
    }

    /// Reads a document.
    #[expect(clippy::unused_async, reason = "callers await it, as with Context Harness")]
    pub async fn get(&self, id: &str) -> Result<DocumentResponse> {
        let stored = self.context()?.get(id).map_err(told)?;
        stored.map(whole).ok_or_else(|| anyhow!("document not found: {id}"))
    }

    /// Lists the sources.
    pub fn sources(&self) -> Result<Vec<SourceStatus>> {
        let all = self.context()?.sources().map_err(told)?;
        let status = |one: ctx_model::SourceStatus| SourceStatus {
            name: one.name,
            configured: one.configured,
            healthy: one.ready,
            notes: one.note,
        };
        Ok(all.into_iter().map(status).collect())
    }
}

fn whole(stored: Stored) -> DocumentResponse {
    let document = stored.document;
    let body = match document.content {
        Content::Text(text) => text,
        // What is stored is text.
        Content::Bytes(_) | Content::Deferred => String::new(),
    };
    let chunks = stored.chunks.iter().enumerate().map(|(index, chunk)| {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        DocumentChunk { index, text: body.get(start..end).unwrap_or_default().to_owned() }
    });
    DocumentResponse {
        id: stored.id.to_string(),
        source: stored.source,
        source_id: document.id,
        source_url: document.uri,
        title: document.title,
        author: document.author,
        created_at: time(document.created.or(document.modified)),
        updated_at: time(document.modified),
        content_type: document.media_type,
        chunks: chunks.collect(),
        body,
        metadata: serde_json::from_str(&document.metadata).unwrap_or_default(),
    }
}

fn time(seconds: Option<Timestamp>) -> String {
    let time = seconds.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    time.map(|time| time.to_rfc3339()).unwrap_or_default()
}

fn told(error: ContextError) -> anyhow::Error {
    match error {
        ContextError::InvalidQuery(why) | ContextError::Other(why) => anyhow!(why),
    }
}
