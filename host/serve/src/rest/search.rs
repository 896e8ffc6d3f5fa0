//! Search.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ctx_model::{Mode, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Asked, blocking};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, wire};

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Words, "phrases", AND, OR, NOT.
    q: String,
    /// Only this source.
    source: Option<String>,
    /// At most so many.
    #[serde(default = "twelve")]
    #[param(default = 12, minimum = 1, maximum = 100)]
    limit: u32,
    /// Where an earlier answer ended.
    cursor: Option<String>,
}

fn twelve() -> u32 {
    12
}

/// Search the gathered documents
#[utoipa::path(get, path = "/v1/search", tag = "context", params(Wanted),
    responses((status = OK, body = wire::Hits<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Rejection> {
    let query = Query {
        text: wanted.q,
        mode: Mode::Keyword,
        sources: wanted.source.into_iter().collect(),
        limit: wanted.limit.clamp(1, 100),
        cursor: wanted.cursor,
        ..Query::default()
    };
    let hits = blocking(&app.host, move |host| host.search(&query)).await?;
    Ok(answer::json(&wire::Hits::from(&hits)))
}
