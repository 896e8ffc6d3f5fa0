//! Tools, as clients of Context Harness list and call them.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use ctx_core::{Catalog, ToolCall};
use ctx_model::{BlockContent, Caller, Output, Reply};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::refusal::Error;
use super::{is_browser, is_form};
use crate::app::App;
use crate::body::LARGEST;
use crate::rejection::Rejection;
use crate::rest::{Asking, Named};
use crate::wire::Json;
use crate::{answer, body, page, wire};

/// The tools, those that every server has first.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatTools)]
pub(crate) struct Tools<'a> {
    tools: Vec<Tool<'a>>,
}

/// A tool, as it is offered.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatTool)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    /// Whether every server has it.
    builtin: bool,
    /// JSON Schema of its arguments.
    #[schema(value_type = Object)]
    parameters: Json<'a>,
}

/// What a tool answered, and nothing else.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatCalled)]
pub(crate) struct Called<'a> {
    #[schema(value_type = Value)]
    result: Answered<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answered<'a> {
    Structured(Json<'a>),
    Text(String),
    Nothing(()),
}

/// List the tools, as Context Harness does
///
/// `search`, `get` and `sources` come first, the others in order of their
/// names.
#[utoipa::path(get, path = "/tools/list", operation_id = "compat_list_tools", tag = "compatibility",
    responses((status = OK, body = Tools<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let mut tools = tools(&catalog);
    let shown = wire::tools_within(&app.host, &catalog, &caller.reach);
    tools.retain(|tool| shown.iter().any(|one| one.name == tool.name));
    Ok(answer::json(&Tools { tools }))
}

/// Call a tool, as with Context Harness
///
/// The body is the object of its arguments. The answer is what the tool
/// answered: its data if it gives any, else its text.
#[utoipa::path(post, path = "/tools/{name}", operation_id = "compat_call_tool", tag = "compatibility",
    params(("name" = String, Path, description = "The name that it goes by")),
    request_body(content = Option<Value>, description = "Its arguments; what is no object has none in it"),
    responses((status = OK, body = Called<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn call(State(app): State<Arc<App>>, request: Request) -> Response {
    if is_form(&request) {
        return page::tool_form(app, request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Named(tool) = match Named::from_request_parts(&mut parts, &app).await {
        Ok(named) => named,
        Err(rejection) => return rejection.into_response(),
    };
    let request = Request::from_parts(parts, body);
    called(&app, tool, request).await.unwrap_or_else(Rejection::into_response)
}

/// Call a tool whose name is `list`, as with Context Harness
#[utoipa::path(post, path = "/tools/list", operation_id = "compat_call_list", tag = "compatibility",
    request_body(content = Option<Value>, description = "Its arguments; what is no object has none in it"),
    responses((status = OK, body = Called<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn call_list(State(app): State<Arc<App>>, request: Request) -> Response {
    called(&app, "list".to_owned(), request).await.unwrap_or_else(Rejection::into_response)
}

/// List the sources, as any tool is called
#[utoipa::path(post, path = "/tools/sources", operation_id = "compat_call_sources", tag = "compatibility",
    request_body(content = Option<Value>, description = "Its arguments; what is no object has none in it"),
    responses((status = OK, body = Called<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn call_sources(State(app): State<Arc<App>>, request: Request) -> Response {
    called(&app, "sources".to_owned(), request).await.unwrap_or_else(Rejection::into_response)
}

/// List the sources, as Context Harness's documentation has it
#[utoipa::path(get, path = "/tools/sources", operation_id = "compat_sources", tag = "compatibility",
    responses((status = OK, body = Called<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn sources(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    if is_browser(&headers) {
        // The page of the tool, by its whole name.
        return Ok(Redirect::to("/tools/builtin%2Fsources").into_response());
    }
    answered(&app, "sources".to_owned(), json!({}), caller).await
}

async fn called(app: &Arc<App>, tool: String, request: Request) -> Result<Response, Rejection> {
    let (mut parts, sent) = request.into_parts();
    let Asking(caller) = Asking::from_request_parts(&mut parts, app).await?;
    // The gate has read it, within the same bounds.
    let sent = to_bytes(sent, LARGEST).await.unwrap_or_default();
    let arguments: Value = body::parsed(&parts.headers, &sent)?;
    // What is no object has no arguments in it.
    let arguments = if arguments.is_object() { arguments } else { json!({}) };
    answered(app, tool, arguments, caller).await
}

async fn answered(
    app: &App,
    tool: String,
    arguments: Value,
    caller: Caller,
) -> Result<Response, Rejection> {
    let receipt = app.host.call(ToolCall { tool, arguments, resumed: None, caller }).await;
    match &receipt.outcome {
        Ok(Reply::Done(output)) => Ok(answer::json(&Called { result: result(output) })),
        Ok(Reply::Ask(_)) => Err(asks("tool", "/v1/tools/{name}")),
        Err(error) => Err(error.into()),
    }
}

/// Says that somebody asks back, for which these routes have no words.
pub(super) fn asks(what: &str, instead: &str) -> Rejection {
    Rejection::new(
        StatusCode::CONFLICT,
        "ctx::compat::asks",
        format!("the {what} asks something before it goes on"),
    )
    .with_help(format!("call it at `{instead}` or over MCP, where it can be answered"))
}

fn result(output: &Output) -> Answered<'_> {
    if let Some(json) = &output.structured {
        return Answered::Structured(Json::new(json));
    }
    let texts: Vec<&str> = output
        .blocks
        .iter()
        .filter_map(|block| match &block.content {
            BlockContent::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if output.blocks.is_empty() { Answered::Nothing(()) } else { Answered::Text(texts.join("\n")) }
}

fn tools(catalog: &Catalog) -> Vec<Tool<'_>> {
    let mut all: Vec<Tool<'_>> = Vec::new();
    let builtin = catalog.installed.values().filter(|extension| extension.is_builtin());
    let first = builtin.flat_map(|extension| extension.tools.iter().map(|tool| (tool, true)));
    let others = catalog.tools().filter(|(extension, _)| !extension.is_builtin());
    for (tool, builtin) in first.chain(others.map(|(_, tool)| (tool, false))) {
        all.push(Tool {
            name: &tool.wire_name,
            description: &tool.info.description,
            builtin,
            parameters: Json::new(&tool.info.input_schema),
        });
    }
    all
}
