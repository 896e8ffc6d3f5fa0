//! Agents: what there is, and their prompts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::PromptCall;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asking, Named};
use crate::app::App;
use crate::rejection::{ProblemDetails, Rejection};
use crate::{answer, body, wire};

/// The agents, in order of their names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Agents<'a> {
    agents: Vec<wire::Agent<'a>>,
}

/// List the agents
#[utoipa::path(get, path = "/v1/agents", operation_id = "list_agents", tag = "call",
    responses((status = OK, body = Agents<'_>), (status = "default", body = ProblemDetails<'_>,
        content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    Ok(answer::json(&Agents { agents: wire::agents_within(&catalog, &caller.reach) }))
}

/// Have an agent prepare its prompt
///
/// The body is the object of its arguments.
#[utoipa::path(post, path = "/v1/agents/{name}/prompt", operation_id = "prompt_agent", tag = "call",
    params(("name" = String, Path, description = "The name that it goes by")),
    request_body(content = Object, description = "Its arguments"),
    responses((status = OK, body = wire::Called<wire::PromptReply<'_>>),
        (status = "default", body = ProblemDetails<'_>, content_type = "application/problem+json")))]
pub(crate) async fn prompt(
    State(app): State<Arc<App>>,
    Named(agent): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let arguments = body::object(&headers, &sent)?;
    let receipt = app.host.prompt(PromptCall { agent, arguments, resumed: None, caller }).await;
    match &receipt.outcome {
        Ok(reply) => {
            Ok(answer::json(&wire::Called::<wire::PromptReply<'_>>::new(reply, &receipt.usage)))
        }
        Err(error) => Err(error.into()),
    }
}
