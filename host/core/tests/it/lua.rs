//! Scripts, as far as the guest that plays them is responsible. Claims that
//! begin with a letter and a number answer a known defect of Context Harness.

mod connectors;
mod library;
mod manual;
mod network;
mod roles;
mod stopped;
mod values;

use std::sync::Arc;

use ctx_core::{Host, Loading, ToolCall};
use ctx_model::{BlockContent, CallError, Caller, Reply};
use serde_json::json;

use crate::workspace::Workspace;

/// Runs what it is given and shows what comes of it.
const RUNS: &str = r#"
tool = {
  name = "runs", description = "Runs what it is given",
  parameters = { { name = "code", required = true } },
}
function tool.execute(params)
  local chunk, problem = load(params.code)
  return chunk and tostring(chunk()) or problem
end
"#;

/// A workspace with a tool that runs Lua, and no grant.
struct Scripted {
    workspace: Workspace,
    host: Arc<Host>,
}

impl Scripted {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With files beside the script, which make it a folder.
    fn with(files: &[(&str, &str)]) -> Self {
        let workspace = Workspace::new();
        if files.is_empty() {
            workspace.drop_in("runs.lua", RUNS);
        } else {
            workspace.drop_in("runs/extension.toml", "manifest = 1\nname = \"runs\"\n");
            workspace.drop_in("runs/main.lua", RUNS);
        }
        for (path, text) in files {
            workspace.drop_in(&format!("runs/{path}"), text);
        }
        let host = workspace.open();
        Self { workspace, host }
    }

    async fn run(&self, code: &str) -> Result<String, CallError> {
        // As a server does from the second call on: what a script may do does
        // not depend on how it got ready.
        let catalog = self.host.catalog().await.unwrap();
        let loading = self.host.loading(catalog.extension("runs").unwrap()).await.unwrap();
        assert_eq!(loading, Loading::Snapshot);
        call(&self.host, "runs", code).await
    }

    /// Each line of code says what stands beside it.
    async fn check(&self, claims: &[(&str, &str)]) {
        for (code, expected) in claims {
            let code =
                if code.contains("return") { (*code).to_owned() } else { format!("return {code}") };
            let found = self.run(&code).await;
            assert_eq!(found.as_deref().map_err(ToString::to_string), Ok(*expected), "{code}");
        }
    }
}

async fn call(host: &Host, tool: &str, code: &str) -> Result<String, CallError> {
    let receipt = host
        .call(ToolCall {
            tool: tool.to_owned(),
            arguments: json!({ "code": code }),
            resumed: None,
            caller: Caller::default(),
        })
        .await;
    let Reply::Done(output) = receipt.outcome? else { panic!("it asks") };
    let texts = output.blocks.into_iter().map(|block| match block.content {
        BlockContent::Text(text) => text,
        other => panic!("{other:?}"),
    });
    Ok(texts.collect())
}
