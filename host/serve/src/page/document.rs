//! A document, as text.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_model::{Content, Stored};
use http::StatusCode;

use super::frame::Frame;
use super::html;
use super::moment::Moment;
use super::shown::{Text, target};
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::{Named, blocking};

#[derive(Template)]
#[template(path = "document.html")]
struct Page {
    frame: Frame,
    title: String,
    facts: Vec<(&'static str, String)>,
    uri: String,
    /// Where its address leads from here, if that is anywhere safe.
    target: Option<String>,
    metadata: Option<Text>,
    body: Text,
}

/// Shows a document.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(id): Named,
) -> Result<Response, Rejection> {
    let stored = blocking(&app.host, move |host| host.document(&id)).await?;
    Ok(html(StatusCode::OK, &page(frame.at("search"), stored)))
}

fn page(frame: Frame, stored: Stored) -> Page {
    let document = stored.document;
    let time = |seconds: Option<i64>| {
        let moment = seconds.and_then(Moment::of_seconds);
        moment.map(|moment| format!("{} UTC", moment.written))
    };
    let facts = [
        ("Source", Some(stored.source)),
        ("Id there", Some(document.id.clone())),
        ("Author", document.author),
        ("Created", time(document.created)),
        ("Modified", time(document.modified)),
        ("Media type", Some(document.media_type)),
        ("Language", document.language),
        ("Chunks", Some(stored.chunks.len().to_string())),
        ("Id", Some(stored.id.to_string())),
    ];
    let uri = document.uri.unwrap_or_default();
    Page {
        frame,
        title: document.title.filter(|title| !title.trim().is_empty()).unwrap_or(document.id),
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        target: target(&uri),
        uri,
        metadata: Some(Text::of_json(&document.metadata)).filter(|json| json.text != "{}"),
        body: match &document.content {
            Content::Text(text) => Text::of(text),
            // What is stored is text.
            Content::Bytes(_) | Content::Deferred => Text::default(),
        },
    }
}
