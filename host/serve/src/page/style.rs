//! How the page looks: one sheet, light and dark.

use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

const SHEET: &str = include_str!("../../templates/style.css");

/// Gives the sheet.
pub(super) async fn sheet() -> Response {
    let mut response = SHEET.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    // Short, so that a newer program does not wear an older one's clothes.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    response
}
