//! Search over the gathered documents.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_core::HostError;
use ctx_model::{Hit, Mode, Query};
use http::StatusCode;
use serde::Deserialize;

use super::frame::Frame;
use super::html;
use super::moment::Moment;
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::Asked;

/// Documents on one page.
const HITS: u32 = 20;

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    frame: Frame,
    query: String,
    /// Those that there are, and whether only this one is searched.
    sources: Vec<(String, bool)>,
    /// The source that is searched, or nothing for all.
    source: String,
    was_asked: bool,
    /// What the asker should know of the answer.
    notices: Vec<String>,
    hits: Vec<Found>,
    cursor: Option<String>,
    has_workspace: bool,
}

/// A document that matches.
struct Found {
    id: String,
    title: String,
    source: String,
    media_type: String,
    modified: Option<Moment>,
    snippet: String,
}

/// What to search for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    source: String,
    cursor: Option<String>,
}

/// Searches, if there is anything to search for.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Rejection> {
    let Wanted { q, source, cursor } = wanted;
    let sources = match app.host.sources().await {
        Err(HostError::NoWorkspace { .. }) => Vec::new(),
        sources => sources.map_err(|error| Rejection::from(&error))?,
    };
    let was_asked = !q.trim().is_empty();
    let (hits, cursor, notices) = if was_asked {
        let query = Query {
            text: q.clone(),
            mode: Mode::Keyword,
            sources: Some(source.clone()).filter(|name| !name.is_empty()).into_iter().collect(),
            limit: HITS,
            cursor,
            ..Query::default()
        };
        let answer = app.host.search(&query).await.map_err(|error| Rejection::from(&error))?;
        let notices = answer.notices.iter().map(ToString::to_string).collect();
        (answer.hits.into_iter().map(found).collect(), answer.cursor, notices)
    } else {
        (Vec::new(), None, Vec::new())
    };
    let page = Page {
        frame: frame.at("search"),
        query: q,
        sources: sources
            .into_iter()
            .map(|one| (one.name == source, one.name))
            .map(|(is, name)| (name, is))
            .collect(),
        source,
        was_asked,
        notices,
        hits,
        cursor,
        has_workspace: app.host.has_workspace(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn found(hit: Hit) -> Found {
    let title = if hit.title.trim().is_empty() { &hit.document_id } else { &hit.title };
    Found {
        id: hit.id.to_string(),
        title: title.clone(),
        modified: hit.modified.and_then(Moment::of_seconds),
        source: hit.source,
        media_type: hit.media_type,
        snippet: hit.snippet,
    }
}
