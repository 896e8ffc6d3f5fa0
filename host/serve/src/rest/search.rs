//! Search.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ctx_core::Shape;
use ctx_model::Query;
use serde::Deserialize;
use utoipa::IntoParams;

use super::bounds::{Count, Long, Room, RoomText};
use super::{Asked, Asking};
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
    /// keyword, semantic or hybrid.
    #[serde(default)]
    mode: wire::Mode,
    /// Only this source.
    source: Option<String>,
    /// Only documents modified at this time or later: seconds since 1970.
    #[param(inline, value_type = Option<Long>)]
    since: Option<i64>,
    /// Only documents modified before this time: seconds since 1970.
    #[param(inline, value_type = Option<Long>)]
    until: Option<i64>,
    /// Only documents of this media type.
    media_type: Option<String>,
    /// At most so many: 12 unless said, at least one, and never more than 100.
    #[serde(default = "twelve")]
    #[param(inline, value_type = Count)]
    limit: u32,
    /// Where an earlier answer ended.
    cursor: Option<String>,
    /// Whether to say how each hit came to its score.
    #[serde(default)]
    explain: bool,
    /// A read-mode: each hit's snippet becomes its document, looked at through it.
    view: Option<String>,
    /// A compressor: each hit's snippet becomes its whole passage, and all of them are made to fit
    /// the budget.
    compress: Option<String>,
    /// What all snippets may take: tokens, or bytes with their unit.
    #[param(inline, value_type = Option<RoomText>)]
    budget: Option<Room>,
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
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let shape = Shape {
        view: wanted.view,
        compress: wanted.compress,
        budget: wanted.budget.map(|room| room.0),
        query: Some(wanted.q.clone()),
        ..Shape::default()
    };
    let shape = app.host.search_shape(shape);
    let query = Query {
        text: wanted.q,
        mode: wanted.mode.into(),
        sources: wanted.source.into_iter().collect(),
        since: wanted.since,
        until: wanted.until,
        media_types: wanted.media_type.into_iter().collect(),
        limit: wanted.limit.clamp(1, 100),
        cursor: wanted.cursor,
        explain: wanted.explain,
    };
    let mut hits = app.host.search(&query).await.map_err(|error| Rejection::from(&error))?;
    let shaped = app.host.shape_hits(&mut hits, &shape, &caller).await;
    shaped.map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&wire::Hits::from(&hits)))
}
