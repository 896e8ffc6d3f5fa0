//! How an entry looks: each tool has its own words for a command and for an
//! address, and its own way to name an environment variable.

use serde_json::{Map, Value, json};

use crate::args::{Client, Scope};

/// What a tool is told: a server to start, or one to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Server {
    Started { command: String, args: Vec<String> },
    Asked { url: String, token_env: Option<String> },
}

/// What is written: keys of ours, and those that would contradict them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) keys: Map<String, Value>,
    pub(crate) contradicts: &'static [&'static str],
}

/// The tool cannot take a token out of its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenUnsupported;

/// Keys that only a server to ask has.
const OF_ASKED: [&str; 4] = ["url", "headers", "bearer_token_env_var", "http_headers"];

/// Keys that only a server to start has.
const OF_STARTED: [&str; 4] = ["command", "args", "cwd", "env"];

/// Returns the arguments with which a tool starts us. Where it starts servers
/// is its own choice, so the workspace is named unless that is the project.
pub(crate) fn arguments(client: Client, scope: Scope, workspace: &str) -> Vec<String> {
    let named = |folder: &str| ["mcp", "--workspace", folder].map(str::to_owned).to_vec();
    match (scope, client) {
        (Scope::User, _) => named(workspace),
        // Others read the file too, on other machines: no path of this one.
        (Scope::Project, Client::Cursor | Client::Vscode) => named("${workspaceFolder}"),
        (Scope::Project, _) => vec!["mcp".to_owned()],
    }
}

impl Server {
    /// Words it as the tool reads it.
    pub(crate) fn entry(&self, client: Client) -> Result<Entry, TokenUnsupported> {
        let (keys, contradicts) = match self {
            Self::Started { command, args } => {
                let mut keys = json!({ "command": command, "args": args });
                if matches!(client, Client::ClaudeCode | Client::Cursor | Client::Vscode) {
                    keys = json!({ "type": "stdio", "command": command, "args": args });
                }
                (keys, &OF_ASKED)
            }
            Self::Asked { url, token_env } => match client {
                // It starts servers only; this one hands everything on.
                Client::ClaudeDesktop => {
                    if token_env.is_some() {
                        return Err(TokenUnsupported);
                    }
                    let mut args = vec!["-y", "mcp-remote", url.as_str()];
                    if url.starts_with("http:") {
                        args.push("--allow-http");
                    }
                    (json!({ "command": "npx", "args": args }), &OF_ASKED)
                }
                _ => (asked(client, url, token_env.as_deref())?, &OF_STARTED),
            },
        };
        Ok(Entry { keys: keys.as_object().cloned().unwrap_or_default(), contradicts })
    }
}

fn asked(client: Client, url: &str, token: Option<&str>) -> Result<Value, TokenUnsupported> {
    let mut keys = match client {
        Client::ClaudeCode | Client::Vscode => json!({ "type": "http", "url": url }),
        _ => json!({ "url": url }),
    };
    match (client, token) {
        (_, None) => {}
        (Client::Codex, Some(name)) => keys["bearer_token_env_var"] = json!(name),
        (Client::ClaudeCode, Some(name)) => {
            keys["headers"] = json!({ "Authorization": format!("Bearer ${{{name}}}") });
        }
        (Client::Cursor | Client::Vscode, Some(name)) => {
            keys["headers"] = json!({ "Authorization": format!("Bearer ${{env:{name}}}") });
        }
        (Client::Zed | Client::ClaudeDesktop, Some(_)) => return Err(TokenUnsupported),
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
