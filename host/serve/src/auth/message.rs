//! A message of MCP, held against what its token opens before anything runs:
//! a client that may get a wider token is told so in the status, as the
//! protocol has it.

use std::sync::Arc;

use ctx_core::Catalog;
use rmcp::model::CallToolRequestParams;
use serde::Deserialize;
use serde_json::Value;

use super::Admitted;
use super::challenge::opening;
use super::routes::closed;
use crate::app::App;
use crate::mcp::facade;
use crate::rejection::Rejection;

#[derive(Deserialize)]
struct Message {
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

/// Checks what a body asks for. What cannot be read is for others to refuse.
pub(crate) async fn check(app: &App, admitted: &Admitted, body: &[u8]) -> Result<(), Rejection> {
    let Ok(message) = serde_json::from_slice::<Message>(body) else { return Ok(()) };
    let Ok(catalog) = app.host.catalog().await else { return Ok(()) };
    let Some(id) = needed(&catalog, admitted, message) else { return Ok(()) };
    // What no scope opens is as if it were not there.
    match opening(&app.host.access(), &id) {
        Some(_) => Err(closed(&id)),
        None => Ok(()),
    }
}

/// Returns what a message asks for and its token does not open.
fn needed(catalog: &Arc<Catalog>, admitted: &Admitted, message: Message) -> Option<String> {
    let Message { method, params } = message;
    let name = params["name"].as_str();
    let (extension, own, wire) = match method?.as_str() {
        "tools/call" => {
            let params: CallToolRequestParams = serde_json::from_value(params).ok()?;
            let inner = facade::target(&params);
            let (extension, tool) =
                catalog.tool(&params.name).or_else(|| inner.and_then(|name| catalog.tool(name)))?;
            (extension.name.to_string(), tool.info.name.clone(), tool.wire_name.clone())
        }
        "prompts/get" => {
            let (extension, agent) = catalog.agent(name?)?;
            (extension.name.to_string(), agent.info.name.clone(), agent.wire_name.clone())
        }
        "resources/read" => {
            let uri = params["uri"].as_str()?;
            if let Some(holder) = catalog.holder(uri) {
                let name = holder.name.to_string();
                let is_open = admitted.reach.holds_all_of(&name);
                return (!is_open).then(|| format!("{name}/*"));
            }
            uri.strip_prefix("ctx://document/")?;
            ("builtin".to_owned(), "get".to_owned(), "get".to_owned())
        }
        _ => return None,
    };
    let is_open = admitted.reach.holds(&extension, &own, &wire);
    (!is_open).then(|| format!("{extension}/{own}"))
}
