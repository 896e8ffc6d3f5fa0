//! Answers as JSON, written once and sent as they are.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::rejection::Rejection;

/// Answers with JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => written(bytes.into()),
        Err(error) => Rejection::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ctx::http::unwritable",
            format!("the answer cannot be written as JSON: {error}"),
        )
        .into_response(),
    }
}

/// Answers with JSON that is written already.
pub(crate) fn written(bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
