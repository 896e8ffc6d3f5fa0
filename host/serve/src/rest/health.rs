//! Whether the server lives, and what it counts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::app::App;

/// That the server lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Of the program.
    version: &'static str,
}

/// Say that the server lives
#[utoipa::path(get, path = "/health", tag = "host", security(()),
    responses((status = OK, body = Health)))]
pub(crate) async fn health() -> Response {
    answer::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Give the counts since the start, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "host",
    responses((status = OK, body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.metrics.look(&app.host);
    let mut response = app.metrics.text().into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    response
}
