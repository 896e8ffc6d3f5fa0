//! Agents, as clients of Context Harness list and ask them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ctx_core::{Catalog, Installed, PromptCall};
use ctx_model::{BlockContent, Form, Message, Prompt, PromptReply};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::refusal::Error;
use super::tools::asks;
use crate::app::App;
use crate::rejection::Rejection;
use crate::rest::{Asking, Named};
use crate::{answer, body, wire};

/// The agents, in order of their names.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatAgents)]
pub(crate) struct Agents<'a> {
    agents: Vec<Agent<'a>>,
}

/// An agent, as it is offered.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatAgent)]
struct Agent<'a> {
    name: &'a str,
    description: &'a str,
    /// The tools in its scope.
    tools: &'a [String],
    /// What it is made of: `lua`, `wasm`, or `rust` for a part of the program.
    source: &'static str,
    arguments: Vec<Argument<'a>>,
}

/// Something that a caller may fill in.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatArgument)]
struct Argument<'a> {
    name: &'a str,
    description: &'a str,
    required: bool,
}

/// A prompt, and nothing else.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatPrompt)]
pub(crate) struct Prompted<'a> {
    system: &'a str,
    tools: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Turn>,
}

/// One turn of a conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatMessage)]
struct Turn {
    role: &'static str,
    content: String,
}

/// List the agents, as Context Harness does
#[utoipa::path(get, path = "/agents/list", operation_id = "compat_list_agents", tag = "compatibility",
    responses((status = OK, body = Agents<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let mut agents = agents(&catalog);
    let shown = wire::agents_within(&catalog, &caller.reach);
    agents.retain(|agent| shown.iter().any(|one| one.name == agent.name));
    Ok(answer::json(&Agents { agents }))
}

/// Have an agent prepare its prompt, as with Context Harness
///
/// The body is the object of its arguments, or `{"arguments": {…}}`.
#[utoipa::path(post, path = "/agents/{name}/prompt", operation_id = "compat_prompt_agent", tag = "compatibility",
    params(("name" = String, Path, description = "The name that it goes by")),
    request_body(content = Option<Value>, description = "Its arguments; what is no object has none in it"),
    responses((status = OK, body = Prompted<'_>), (status = "default", body = Error<'_>)))]
pub(crate) async fn prompt(
    State(app): State<Arc<App>>,
    Named(agent): Named,
    Asking(caller): Asking,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Rejection> {
    let arguments = flat(body::parsed(&headers, &sent)?);
    let receipt = app.host.prompt(PromptCall { agent, arguments, resumed: None, caller }).await;
    match &receipt.outcome {
        Ok(PromptReply::Done(prompt)) => Ok(answer::json(&prompted(prompt))),
        Ok(PromptReply::Ask(_)) => Err(asks("agent", "/v1/agents/{name}/prompt")),
        Err(error) => Err(error.into()),
    }
}

/// Takes arguments out of their wrapper, if they are in one.
fn flat(sent: Value) -> Value {
    match sent {
        Value::Object(mut fields) if fields.len() == 1 => match fields.remove("arguments") {
            Some(Value::Object(arguments)) => Value::Object(arguments),
            Some(other) => json!({"arguments": other}),
            None => Value::Object(fields),
        },
        Value::Object(fields) => Value::Object(fields),
        _ => json!({}),
    }
}

fn prompted(prompt: &Prompt) -> Prompted<'_> {
    Prompted {
        system: &prompt.system,
        tools: prompt.tools.as_deref().unwrap_or_default(),
        messages: prompt.messages.iter().map(turn).collect(),
    }
}

fn turn(message: &Message) -> Turn {
    let texts = message.blocks.iter().filter_map(|block| match &block.content {
        BlockContent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let texts: Vec<&str> = texts.collect();
    Turn { role: message.role.as_str(), content: texts.join("\n") }
}

fn agents(catalog: &Catalog) -> Vec<Agent<'_>> {
    catalog.agents().map(|(extension, agent)| offered(extension, agent)).collect()
}

fn offered<'a>(extension: &Installed, agent: &'a ctx_core::Agent) -> Agent<'a> {
    let arguments = agent.info.arguments.iter().map(|argument| Argument {
        name: &argument.name,
        description: &argument.description,
        required: argument.required,
    });
    Agent {
        name: &agent.wire_name,
        description: &agent.info.description,
        tools: &agent.info.tools,
        source: match extension.form {
            Form::Native => "rust",
            form => form.as_str(),
        },
        arguments: arguments.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_7_arguments_come_flat_or_in_a_wrapper() {
        for (sent, expected) in [
            (json!({"topic": "owls"}), json!({"topic": "owls"})),
            (json!({"arguments": {"topic": "owls"}}), json!({"topic": "owls"})),
            (json!({"arguments": {}, "x": 1}), json!({"arguments": {}, "x": 1})),
            (json!({"arguments": "all"}), json!({"arguments": "all"})),
            (json!({}), json!({})),
            (json!([1]), json!({})),
        ] {
            assert_eq!(flat(sent), expected);
        }
    }
}
