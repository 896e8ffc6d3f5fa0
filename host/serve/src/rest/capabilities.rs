//! What is installed, as a contract, and the schema that it is held to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, wire};

/// Describe everything that is installed
///
/// The same document as `ctx capabilities --json`.
#[utoipa::path(get, path = "/v1/capabilities", tag = "host",
    responses((status = OK, body = wire::Capabilities<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn capabilities(State(app): State<Arc<App>>) -> Result<Response, Rejection> {
    Ok(answer::written(app.capabilities().await?))
}

/// Describe what a description of everything is
///
/// A JSON Schema of `/v1/capabilities`, the same as `ctx capabilities --schema`.
/// It only ever grows.
#[utoipa::path(get, path = "/v1/capabilities/schema.json", tag = "host",
    responses((status = OK, body = Object)))]
pub(crate) async fn schema() -> Response {
    answer::json(&wire::capabilities_schema())
}
