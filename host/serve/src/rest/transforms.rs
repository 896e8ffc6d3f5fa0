//! Transforms: compressors, chunkers and read-modes, run on what is sent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::Shape;
use ctx_model::{Budget, ChunkRequest, CompressRequest, Passage, ViewRequest};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::bounds::{Count, Room, RoomText};
use super::{Asking, Named};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// Bytes of a chunk, if nobody says: as many as a sync makes.
const CHUNK: Budget = Budget::Bytes(2800);

/// How an answer is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compressing {
    /// A read-mode to look at the text of the answer through.
    view: Option<String>,
    /// A compressor for the text of the answer.
    compress: Option<String>,
    /// What the text may take: tokens, or bytes with their unit.
    #[param(inline, value_type = Option<RoomText>)]
    budget: Option<Room>,
}

impl From<Compressing> for Shape {
    fn from(wanted: Compressing) -> Self {
        let budget = wanted.budget.map(|room| room.0);
        Self { view: wanted.view, compress: wanted.compress, budget, ..Self::default() }
    }
}

/// What to make shorter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToCompress {
    /// The most important first.
    passages: Vec<SentPassage>,
    /// What all of it may take: tokens, or bytes with their unit.
    budget: Option<Room>,
    /// What the reader wants to know.
    query: Option<String>,
    media_type: Option<String>,
}

/// A passage.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SentPassage {
    text: String,
    /// Whether it must come through unchanged.
    #[serde(default)]
    pinned: bool,
}

/// What to cut.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToChunk {
    text: String,
    #[serde(default)]
    media_type: String,
    file_name: Option<String>,
    /// What one chunk may take: tokens, or bytes with their unit.
    budget: Option<Room>,
    /// What two neighbours may share, measured as the budget is.
    #[serde(default)]
    #[schema(inline, value_type = Count)]
    overlap: u32,
}

/// What to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToLook {
    text: String,
    #[serde(default)]
    media_type: String,
    file_name: Option<String>,
    /// What the reader has already, for read-modes that compare.
    against: Option<String>,
    /// What the view may take: tokens, or bytes with their unit.
    budget: Option<Room>,
}

/// Make passages shorter
#[utoipa::path(post, path = "/v1/compressors/{name}/runs", operation_id = "compress", tag = "call",
    params(("name" = String, Path, description = "The compressor")), request_body = ToCompress,
    responses((status = OK, body = wire::Called<wire::Compressed<'_>>), (status = "default",
        body = ProblemDetails<'_>, content_type = "application/problem+json")))]
pub(crate) async fn compress(
    State(app): State<Arc<App>>,
    Named(name): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let ToCompress { passages, budget, query, media_type } = body::parsed(&headers, &sent)?;
    let passage = |sent: SentPassage| Passage { text: sent.text, pinned: sent.pinned };
    let passages = passages.into_iter().map(passage).collect();
    let budget = budget.map(|room| room.0);
    let request = CompressRequest { name, passages, budget, query, media_type };
    let receipt = app.host.compress(request, caller).await;
    match &receipt.outcome {
        Ok(kept) => {
            Ok(answer::json(&wire::Called::<wire::Compressed<'_>>::new(kept, &receipt.usage)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Cut a text into chunks
#[utoipa::path(post, path = "/v1/chunkers/{name}/runs", operation_id = "chunk", tag = "call",
    params(("name" = String, Path, description = "The chunker")), request_body = ToChunk,
    responses((status = OK, body = wire::Called<wire::Chunked<'_>>), (status = "default",
        body = ProblemDetails<'_>, content_type = "application/problem+json")))]
pub(crate) async fn chunk(
    State(app): State<Arc<App>>,
    Named(name): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let ToChunk { text, media_type, file_name, budget, overlap } = body::parsed(&headers, &sent)?;
    let budget = budget.map_or(CHUNK, |room| room.0);
    let request = ChunkRequest { name, text, media_type, file_name, budget, overlap };
    let receipt = app.host.chunk(request, caller).await;
    match &receipt.outcome {
        Ok(chunks) => {
            Ok(answer::json(&wire::Called::<wire::Chunked<'_>>::new(chunks, &receipt.usage)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Look at a text
#[utoipa::path(post, path = "/v1/read-modes/{name}/runs", operation_id = "view", tag = "call",
    params(("name" = String, Path, description = "The read-mode")), request_body = ToLook,
    responses((status = OK, body = wire::Called<wire::View<'_>>), (status = "default",
        body = ProblemDetails<'_>, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(app): State<Arc<App>>,
    Named(name): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let ToLook { text, media_type, file_name, against, budget } = body::parsed(&headers, &sent)?;
    let budget = budget.map(|room| room.0);
    let request = ViewRequest { name, text, media_type, file_name, against, budget };
    let receipt = app.host.view(request, caller).await;
    match &receipt.outcome {
        Ok(view) => Ok(answer::json(&wire::Called::<wire::View<'_>>::new(view, &receipt.usage))),
        Err(error) => Err(error.into()),
    }
}
