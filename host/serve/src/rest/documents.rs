//! Documents.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Named, blocking};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, wire};

/// Give a document
#[utoipa::path(get, path = "/v1/documents/{id}", operation_id = "get_document", tag = "context",
    params(("id" = String, Path, description = "Its id, or the beginning of it")),
    responses((status = OK, body = wire::Document<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Response, Rejection> {
    let stored = blocking(&app.host, move |host| host.document(&id)).await?;
    Ok(answer::json(&wire::Document::from(&stored)))
}
