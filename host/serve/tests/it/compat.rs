//! What clients of Context Harness rely on, by the rows of what was wrong with
//! it and of where its documents and its code disagree.

mod agents;
mod errors;
mod hostile;
mod native;
mod protocol;
mod tools;

use serde_json::Value;

use crate::mcp::workspace::Workspace;
use crate::rest::served::Served;
use crate::rest::wire::Answer;

/// A connector with one note.
const NOTES: &str = r#"
connector = { description = "One note" }
function connector.scan()
  ctx.emit({
    source_id = "one", title = "Owls", version = "1", body = "Owls hunt at night.",
    updated_at = "2025-01-15T10:00:00Z", source_url = "https://example.org/owls",
  })
end
"#;

/// Serves the tools that every server has, and these extensions.
async fn serve(extensions: &[(&str, &str)]) -> Served {
    let workspace = Workspace::new().with_native(ctx_core::builtin());
    for (name, script) in extensions {
        workspace.drop_in(name, script);
    }
    workspace.config("[sources.notes]\nextension = \"notes\"\n").open().trust().unwrap();
    Served::new(workspace).await
}

/// Checks that it is an error in Context Harness's words.
#[track_caller]
fn error(answer: &Answer, status: u16, code: &str) -> Value {
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, error["code"].as_str()), (status, Some(code)), "{error}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    error
}
