//! The routes of Context Harness, for clients that know no others: the same
//! verbs of the host, its shapes of answers and of errors. Who may come is the
//! gate's business here as everywhere, so no page from elsewhere may call them.

mod agents;
mod refusal;
mod tools;

use std::sync::Arc;

use axum::extract::Request;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use refusal::{Error, worded};

/// Collects the routes and what is said of them.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        // Tools of these names are called like any other.
        .routes(routes!(tools::list, tools::call_list))
        .routes(routes!(tools::sources, tools::call_sources))
        .routes(routes!(tools::call))
        .routes(routes!(agents::list))
        .routes(routes!(agents::prompt))
}

/// Whether a path is told of errors in Context Harness's words.
pub(crate) fn is_at(path: &str) -> bool {
    path.starts_with("/tools/") || path.starts_with("/agents/")
}

/// Whether a browser asks, which wants a page.
fn is_browser(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether it is a form of the page, whose tools have the same addresses.
fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    is_browser(request.headers())
        && kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}
