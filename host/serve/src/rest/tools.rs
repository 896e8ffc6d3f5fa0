//! Tools: what there is, and calls.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::ToolCall;
use ctx_model::Reply;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::transforms::Compressing;
use super::{Asked, Asking, Named};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// The tools, in order of their names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tools<'a> {
    tools: Vec<wire::Tool<'a>>,
}

/// List the tools
#[utoipa::path(get, path = "/v1/tools", operation_id = "list_tools", tag = "call",
    responses((status = OK, body = Tools<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&Tools { tools: wire::tools_within(&app.host, &catalog, &caller.reach) }))
}

/// Call a tool
///
/// The body is the object of its arguments, as in its `input_schema`.
#[utoipa::path(post, path = "/v1/tools/{name}", operation_id = "call_tool", tag = "call",
    params(("name" = String, Path, description = "The name that it goes by"), Compressing),
    request_body(content = Object, description = "Its arguments"),
    responses((status = OK, body = wire::Called<wire::Reply<'_>>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn call(
    State(app): State<Arc<App>>,
    Named(tool): Named,
    Asked(wanted): Asked<Compressing>,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let arguments = body::object(&headers, &sent)?;
    let call = ToolCall { tool, arguments, resumed: None, caller: caller.clone() };
    let mut receipt = app.host.call(call).await;
    if let Ok(Reply::Done(output)) = &mut receipt.outcome {
        let shaped = app.host.shape_output(output, &wanted.into(), &caller).await;
        shaped.map_err(|error| Rejection::from(&error))?;
    }
    match &receipt.outcome {
        Ok(reply) => Ok(answer::json(&wire::Called::<wire::Reply<'_>>::new(reply, &receipt.usage))),
        Err(error) => Err(error.into()),
    }
}
