//! Whose tokens count here, for clients that want one (RFC 9728).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::challenge::origin;
use crate::answer;
use crate::app::App;
use crate::rejection::Rejection;

/// Where it is; that of the MCP endpoint is below.
pub(crate) const AT: &str = "/.well-known/oauth-protected-resource";

#[derive(Serialize)]
struct Metadata {
    resource: String,
    authorization_servers: [String; 1],
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    resource_name: &'static str,
}

/// Collects the routes. They are no part of REST, so its description is silent.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route(AT, get(whole)).route(&format!("{AT}/mcp"), get(mcp))
}

async fn whole(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    describe(&app, &headers, "")
}

async fn mcp(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    describe(&app, &headers, "/mcp")
}

fn describe(app: &App, headers: &HeaderMap, path: &str) -> Response {
    let access = app.host.access();
    let Some(issuer) = &access.issuer else {
        return Rejection::new(
            StatusCode::NOT_FOUND,
            "ctx::auth::no_issuer",
            "no issuer's tokens count here",
        )
        .with_help("the operator names one as `issuer` under `[auth]` in the config")
        .into_response();
    };
    let own = format!("{}{path}", origin(&access, headers));
    // Tokens are for what the config says; clients compare it with the address
    // that they asked.
    let resource = issuer.audience.iter().find(|audience| **audience == own);
    let resource = resource.or(issuer.audience.first()).cloned().unwrap_or(own);
    answer::json(&Metadata {
        resource,
        authorization_servers: [issuer.name.clone()],
        bearer_methods_supported: ["header"],
        scopes_supported: access.scopes.keys().cloned().collect(),
        resource_name: "ctx",
    })
}
