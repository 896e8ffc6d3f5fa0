//! Tokens of an issuer's and of the operator's: who is let in, how far, and
//! what everybody else is told.

mod issuer;
mod oauth;
mod owners;
mod tokens;

use serde_json::{Value, json};

use crate::mcp::workspace::Workspace;
use crate::rest::served::{JSON, Served};
use crate::rest::wire::Answer;

/// Two extensions with a tool each, and who is told of its caller.
const WEATHER: &str = r#"
tools = {
  { name = "forecast", description = "Tells the weather", execute = function() return { sky = "blue" } end },
  { name = "whoami", description = "Says who asks", execute = function()
      local who = caller.whoami()
      return { id = who.id, scopes = who.scopes }
    end },
}
"#;
const MAIL: &str = r#"
tool = { name = "send", description = "Sends" }
function tool.execute() return { sent = true } end
"#;

/// Serves both with a config.
async fn serving(config: &str) -> Served {
    let workspace = Workspace::new();
    workspace.drop_in("weather.lua", WEATHER).drop_in("mail.lua", MAIL);
    workspace.config(config).open().trust().unwrap();
    Served::new(workspace).await
}

/// Asks with a token.
async fn ask(served: &Served, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let body = if method == "GET" { String::new() } else { body.to_string() };
    served.ask(method, path, &[JSON, ("authorization", &bearer)], body).await
}

/// Asks over MCP, as clients of the newer protocol do.
async fn mcp(served: &Served, token: &str, method: &str, params: Value) -> Answer {
    mcp_as(served, token, &json!({}), method, params).await
}

/// The same for a client that knows more.
async fn mcp_as(
    served: &Served,
    token: &str,
    capabilities: &Value,
    method: &str,
    params: Value,
) -> Answer {
    let message = crate::mcp::workspace::modern(capabilities, method, params);
    let named = &message["params"][if method.starts_with("tasks/") { "taskId" } else { "name" }];
    let name = named.as_str().unwrap_or_default().to_owned();
    let bearer = format!("Bearer {token}");
    let mut headers = vec![
        JSON,
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
        ("authorization", bearer.as_str()),
    ];
    if !name.is_empty() {
        headers.push(("mcp-name", &name));
    }
    served.ask("POST", "/mcp", &headers, message.to_string()).await
}

/// The names of the tools that a token is shown, over REST and over MCP.
async fn shown(served: &Served, token: &str) -> Vec<String> {
    let rest = ask(served, token, "GET", "/v1/tools", &Value::Null).await.well();
    let listed = mcp(served, token, "tools/list", json!({})).await;
    let names = |tools: &Value| -> Vec<String> {
        let tools = tools.as_array().unwrap().iter();
        tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    let rest = names(&rest["tools"]);
    assert_eq!(names(&listed.json()["result"]["tools"]), rest);
    rest
}
