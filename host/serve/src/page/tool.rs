//! A tool to try: a form from its schema, and what came of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_core::{Catalog, Installed, Tool, ToolCall};
use ctx_model::{Block, BlockContent, Caller, Output, Reply};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::form::{Control, Form};
use super::frame::Frame;
use super::html;
use super::posted::{Posted, Signed};
use super::shown::{Bill, Ended, Outcome, Piece, Text, pieces};
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::{Asked, Asking, Named, unknown};

#[derive(Template)]
#[template(path = "tool.html")]
struct Page {
    frame: Frame,
    name: String,
    title: String,
    extension: String,
    description: String,
    hints: Vec<&'static str>,
    form: Form,
    /// Whether the form could be another than it is.
    has_fields: bool,
    schema: Text,
    answers: Option<Text>,
    ended: Option<Ended>,
}

/// How to show the form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// `json`: all arguments in one field.
    #[serde(rename = "as")]
    shape: Option<String>,
}

/// Show the page of a tool, with a form to call it
///
/// For people; whoever fails without asking for a page is told in JSON.
#[utoipa::path(get, path = "/tools/{name}", operation_id = "tool_page", tag = "compatibility",
    params(("name" = String, Path, description = "The name that it goes by")),
    responses((status = OK, description = "A page; what `list` and `sources` name is JSON",
            content((String = "text/html"), (Value = "application/json"))),
        (status = "default", content((String = "text/html"),
            (crate::rest::compat::Error<'_> = "application/json")))))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(name): Named,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let (extension, tool) = found(&catalog, name)?;
    let form = form(tool, wanted.shape.as_deref());
    Ok(html(StatusCode::OK, &page(frame, extension, tool, form, None)))
}

/// Calls the tool with what was filled in.
pub(super) async fn call(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(name): Named,
    _: Signed,
    Asking(caller): Asking,
    posted: Posted,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let (extension, tool) = found(&catalog, name)?;
    let mut form = form(tool, posted.get("as"));
    let Some(arguments) = form.read(&posted.0) else {
        let page = page(frame, extension, tool, form, None);
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let (status, ended) = run(&app, extension, tool, arguments, caller).await;
    Ok(html(status, &page(frame, extension, tool, form, Some(ended))))
}

fn found(catalog: &Catalog, name: String) -> Result<(&Arc<Installed>, &Tool), Rejection> {
    catalog.tool(&name).ok_or_else(|| unknown("tool", name))
}

fn form(tool: &Tool, shape: Option<&str>) -> Form {
    if shape == Some("json") { Form::whole() } else { Form::of(&tool.info.input_schema) }
}

async fn run(
    app: &App,
    extension: &Installed,
    tool: &Tool,
    arguments: Value,
    caller: Caller,
) -> (StatusCode, Ended) {
    let request = caller.request().unwrap_or_default().to_owned();
    let call = ToolCall { tool: tool.wire_name.clone(), arguments, resumed: None, caller };
    let receipt = app.host.call(call).await;
    let (status, outcome) = match &receipt.outcome {
        Ok(Reply::Done(output)) => (StatusCode::OK, answered(output)),
        Ok(Reply::Ask(questions)) => (StatusCode::OK, Outcome::asked(questions)),
        Err(error) => {
            let Rejection { status, problem } = error.into();
            (status, Outcome::failed(problem))
        }
    };
    let bill = Bill::new(&receipt.usage);
    (status, Ended { outcome, bill, request, extension: extension.name.to_string() })
}

fn answered(output: &Output) -> Outcome {
    // Data is often given as text too, for models. People see it once.
    let is_data = |block: &&Block| match (&block.content, &output.structured) {
        (BlockContent::Text(text), Some(data)) => text == data,
        _ => false,
    };
    Outcome::Answered {
        pieces: pieces(output.blocks.iter().filter(|block| !is_data(block))),
        structured: output.structured.as_deref().map(Text::of_json),
    }
}

fn page(
    frame: Frame,
    extension: &Installed,
    tool: &Tool,
    form: Form,
    ended: Option<Ended>,
) -> Page {
    let info = &tool.info;
    let claims = [
        (info.hints.read_only, "read only"),
        (info.hints.destructive, "destructive"),
        (info.hints.idempotent, "idempotent"),
        (info.hints.open_world, "open world"),
    ];
    Page {
        frame: frame.at("tools"),
        name: tool.wire_name.clone(),
        title: info.title.clone().unwrap_or_default(),
        extension: extension.name.to_string(),
        description: info.description.clone(),
        hints: claims.into_iter().filter_map(|(is, word)| is.then_some(word)).collect(),
        has_fields: !Form::of(&info.input_schema).is_whole,
        form,
        schema: Text::of_json(&info.input_schema),
        answers: info.output_schema.as_deref().map(Text::of_json),
        ended,
    }
}
