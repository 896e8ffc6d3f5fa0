//! Sources: what they hold, and syncs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::SyncOptions;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asking, Named};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// The sources, in order of their names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sources<'a> {
    sources: Vec<wire::Source<'a>>,
}

/// How to sync.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Whether to walk from the start, whatever the checkpoint says.
    #[serde(default)]
    full: bool,
}

/// List the sources and what they hold
#[utoipa::path(get, path = "/v1/sources", operation_id = "list_sources", tag = "context",
    responses((status = OK, body = Sources<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, Rejection> {
    let all = app.host.sources().await.map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&Sources { sources: all.iter().map(wire::Source::from).collect() }))
}

/// Bring a source's documents up to date
///
/// Answers when the walk is over. A client that goes away ends it; what was
/// stored until then is kept, and the next walk goes on from there.
#[utoipa::path(post, path = "/v1/sources/{source}/syncs", operation_id = "sync_source", tag = "context",
    params(("source" = String, Path, description = "Its name in the config")),
    request_body(content = Wanted),
    responses((status = OK, body = wire::Synced<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn sync(
    State(app): State<Arc<App>>,
    Named(source): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let Wanted { full } = body::parsed(&headers, &sent)?;
    let options =
        SyncOptions { full, stop: app.stopping.clone(), caller, ..SyncOptions::default() };
    let (host, name) = (app.host.clone(), source.clone());
    // Cutting documents takes milliseconds at a time, which the connections of
    // this thread should not wait for.
    let walking = app.elsewhere(async move { host.sync(&name, &options, &mut |_| {}).await });
    let receipt = walking.await?.map_err(|error| Rejection::from(&error))?;
    match &receipt.outcome {
        Ok(report) => Ok(answer::json(&wire::Synced::new(&source, report, &receipt.usage))),
        Err(error) => Err(error.into()),
    }
}
