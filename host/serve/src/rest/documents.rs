//! Documents.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use ctx_core::Shape;
use serde::Deserialize;
use utoipa::IntoParams;

use super::bounds::{Room, RoomText};
use super::{Asked, Asking, Named, blocking};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, wire};

/// How a document is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// A read-mode, such as `outline`.
    view: Option<String>,
    /// A compressor, such as `markdown`.
    compress: Option<String>,
    /// What the text may take: tokens, or bytes with their unit.
    #[param(inline, value_type = Option<RoomText>)]
    budget: Option<Room>,
}

/// Give a document
///
/// Its `body` is as it is stored, or as it is wanted; then it has no chunks.
#[utoipa::path(get, path = "/v1/documents/{id}", operation_id = "get_document", tag = "context",
    params(("id" = String, Path, description = "Its id, or the beginning of it"), Wanted),
    responses((status = OK, body = wire::Document<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Named(id): Named,
    Asked(wanted): Asked<Wanted>,
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let mut stored = blocking(&app.host, move |host| host.document(&id)).await?;
    let Wanted { view, compress, budget } = wanted;
    let budget = budget.map(|room| room.0);
    let shape = Shape { view, compress, budget, ..Shape::default() };
    let shape = app.host.document_shape(shape);
    app.host
        .shape_document(&mut stored, &shape, &caller)
        .await
        .map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&wire::Document::from(&stored)))
}
