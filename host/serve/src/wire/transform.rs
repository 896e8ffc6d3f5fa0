//! What transforms give.

use serde::Serialize;
use utoipa::ToSchema;

/// Passages that a compressor kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Compressed<'a> {
    pub passages: Vec<Kept<'a>>,
}

/// A passage that a compressor kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Kept<'a> {
    /// Its place among those that were sent, from 0.
    pub index: u32,
    pub text: &'a str,
}

/// Where a chunker cut.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Chunked<'a> {
    pub chunks: Vec<super::Chunk<'a>>,
}

/// What a read-mode shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct View<'a> {
    pub text: &'a str,
    pub media_type: &'a str,
    /// Whether the budget cut it short.
    pub cut: bool,
}

impl<'a> From<&'a Vec<ctx_model::Kept>> for Compressed<'a> {
    fn from(kept: &'a Vec<ctx_model::Kept>) -> Self {
        let passages = kept.iter().map(|one| Kept { index: one.index, text: &one.text });
        Self { passages: passages.collect() }
    }
}

impl<'a> From<&'a Vec<ctx_model::Chunk>> for Chunked<'a> {
    fn from(chunks: &'a Vec<ctx_model::Chunk>) -> Self {
        let chunk = |(index, chunk): (usize, &'a ctx_model::Chunk)| super::Chunk {
            index,
            span: [chunk.span.start, chunk.span.end],
            breadcrumbs: &chunk.breadcrumbs,
        };
        Self { chunks: chunks.iter().enumerate().map(chunk).collect() }
    }
}

impl<'a> From<&'a ctx_model::View> for View<'a> {
    fn from(view: &'a ctx_model::View) -> Self {
        Self { text: &view.text, media_type: &view.media_type, cut: view.cut }
    }
}
