//! Sources: what they hold, what a sync did, and what all of it weighs.

use std::collections::BTreeMap;

use ctx_core::SyncReport;
use ctx_model::SourceStatus;
use ctx_store::{SourceRow, StoreStats};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Embeddings, Time, Usage};

/// What a source holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Source<'a> {
    pub name: &'a str,
    /// The extension that reads it.
    pub extension: &'a str,
    /// Whether it could be synced now.
    pub ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<&'a str>,
    pub documents: u64,
    /// When a sync last ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub synced: Option<Time>,
}

/// What a sync did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Synced<'a> {
    pub source: &'a str,
    /// Documents that the source gave.
    pub documents: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub removed: u64,
    /// Documents that could not be given or stored.
    pub skipped: u64,
    /// Some of them, and why.
    pub skips: Vec<Skipped<'a>>,
    /// Documents that a filter left out for a later sync.
    pub left_out: u64,
    /// Documents that stay although the source, looked through whole, gave none.
    pub kept: u64,
    /// Pieces that the added and changed documents were cut into.
    pub chunks: u64,
    /// Where the next sync goes on, in the source's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub checkpoint: Option<&'a str>,
    /// Whether it was stopped on request before its end.
    pub stopped: bool,
    /// What became of its chunks' vectors; absent if nobody embeds here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub embeddings: Option<Embeddings<'a>>,
    pub usage: Usage,
}

/// A document that could not be given or stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Skipped<'a> {
    /// Absent if not even that could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<&'a str>,
    pub reason: &'a str,
}

/// What is stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stats<'a> {
    pub documents: u64,
    pub chunks: u64,
    /// Chunks that have a vector; absent if nobody embeds here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub embedded: Option<u64>,
    /// Bytes of the database, its log included.
    pub database_bytes: u64,
    /// Bytes of the search index.
    pub index_bytes: u64,
    pub sources: Vec<SourceStats<'a>>,
}

/// What is stored of a source.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SourceStats<'a> {
    pub name: &'a str,
    pub documents: u64,
    pub chunks: u64,
    /// Chunks that have a vector; absent if nobody embeds here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub embedded: Option<u64>,
    /// When a sync last ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub synced: Option<Time>,
    /// Why the last sync ended badly, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<&'a str>,
}

impl<'a> From<&'a SourceStatus> for Source<'a> {
    fn from(status: &'a SourceStatus) -> Self {
        Self {
            name: &status.name,
            extension: &status.extension,
            ready: status.ready,
            note: status.note.as_deref(),
            documents: status.documents,
            synced: status.synced.and_then(Time::new),
        }
    }
}

impl<'a> Synced<'a> {
    /// Puts together what a sync of one source did and what it cost.
    pub fn new(source: &'a str, report: &'a SyncReport, usage: &ctx_model::Usage) -> Self {
        let skips = report
            .skips
            .iter()
            .map(|skip| Skipped { id: skip.id.as_deref(), reason: &skip.reason });
        Self {
            source,
            documents: report.documents,
            added: report.added,
            changed: report.changed,
            unchanged: report.unchanged,
            removed: report.removed,
            skipped: report.skipped,
            skips: skips.collect(),
            left_out: report.left_out,
            kept: report.kept,
            chunks: report.chunks,
            checkpoint: report.checkpoint.as_deref(),
            stopped: report.stopped,
            embeddings: report.embeddings.as_ref().map(Embeddings::from),
            usage: usage.into(),
        }
    }
}

impl<'a> From<&'a StoreStats> for Stats<'a> {
    fn from(stats: &'a StoreStats) -> Self {
        Self {
            documents: stats.documents,
            chunks: stats.chunks,
            embedded: None,
            database_bytes: stats.database,
            index_bytes: stats.index,
            sources: stats.sources.iter().map(SourceStats::from).collect(),
        }
    }
}

impl Stats<'_> {
    /// Adds how many vectors each source has.
    #[must_use]
    pub fn with_vectors(mut self, vectors: &BTreeMap<String, u64>) -> Self {
        self.embedded = Some(vectors.values().sum());
        for source in &mut self.sources {
            source.embedded = Some(vectors.get(source.name).copied().unwrap_or(0));
        }
        self
    }
}

impl<'a> From<&'a SourceRow> for SourceStats<'a> {
    fn from(row: &'a SourceRow) -> Self {
        Self {
            name: &row.name,
            documents: row.documents,
            chunks: row.chunks,
            embedded: None,
            synced: row.synced.and_then(Time::new),
            failure: row.failure.as_deref(),
        }
    }
}
