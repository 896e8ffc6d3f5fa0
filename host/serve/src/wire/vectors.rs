//! Vectors: what came of making some, and how far they are.

use ctx_core::EmbedReport;
use serde::Serialize;
use utoipa::ToSchema;

/// What came of embedding chunks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Embeddings<'a> {
    /// Chunks that were to be embedded.
    pub total: u64,
    pub embedded: u64,
    /// Chunks that were tried and stay without a vector.
    pub failed: u64,
    /// Chunks that have no vector now.
    pub pending: u64,
    /// What went wrong first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<&'a str>,
}

/// How far the vectors are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VectorStatus<'a> {
    /// The extension that embeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub embedder: Option<&'a str>,
    /// Why there is none, or what keeps it from working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<&'a str>,
    /// The model, if it has ever answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dims: Option<usize>,
    pub vectors: u64,
    /// Vectors of other models, which no search compares.
    pub outdated: u64,
    pub chunks: u64,
    /// Chunks that have no vector of this model.
    pub pending: u64,
}

impl<'a> From<&'a EmbedReport> for Embeddings<'a> {
    fn from(report: &'a EmbedReport) -> Self {
        Self {
            total: report.total,
            embedded: report.embedded,
            failed: report.failed,
            pending: report.pending,
            failure: report.failure.as_deref(),
        }
    }
}

impl<'a> From<&'a ctx_core::VectorStatus> for VectorStatus<'a> {
    fn from(status: &'a ctx_core::VectorStatus) -> Self {
        let model = status.stats.model.as_ref();
        Self {
            embedder: status.embedder.as_deref(),
            message: status.why.as_deref(),
            model: model.map(|model| model.name.as_str()),
            dims: model.map(|model| model.dims),
            vectors: status.stats.vectors,
            outdated: status.stats.outdated,
            chunks: status.stats.chunks,
            pending: status.pending,
        }
    }
}
