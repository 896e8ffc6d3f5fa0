//! The same over MCP: checks and defaults, hints, versions, scopes.
//!
//! P5, sessions that never ended, is held by
//! `a_session_ends_when_nobody_has_used_it_for_long`.

use serde_json::{Value, json};

use crate::mcp::workspace::{Endpoint, GREET, Workspace};

const COUNTS: &str = r#"
tool = {
  name = "counts", description = "Counts",
  parameters = {
    { name = "word", required = true, description = "What" },
    { name = "times", type = "integer", default = 2, description = "How often" },
    { name = "mode", enum = { "a", "b" }, default = "a", description = "How" },
  },
}
function tool.execute(params) return params end
"#;

const SCOPED: &str = r#"
agent = { name = "scoped", description = "Has a scope", tools = { "counts", "gone" } }
function agent.resolve() return { system = "Count.", messages = { { role = "assistant", content = "One" } } } end
"#;

/// The workspace is gone when it is dropped.
fn serve(extensions: &[(&str, &str)]) -> (Workspace, Endpoint) {
    let workspace = Workspace::new().with_native(ctx_core::builtin());
    for (name, script) in extensions {
        workspace.drop_in(name, script);
    }
    let endpoint = workspace.serve();
    (workspace, endpoint)
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_call_is_checked_and_filled_as_over_rest() {
    let (_workspace, endpoint) = serve(&[("counts.lua", COUNTS)]);
    let session = endpoint.initialize(json!({})).await;
    let call = async |arguments: Value| {
        let params = json!({"name": "counts", "arguments": arguments});
        let old = session.ask("tools/call", params.clone()).await.result();
        let new = endpoint.ask("tools/call", params).await.result();
        assert_eq!(old["structuredContent"], new["structuredContent"]);
        assert_eq!(old["isError"], new["isError"]);
        new
    };
    let filled = call(json!({"word": "x"})).await;
    assert_eq!(filled["structuredContent"], json!({"word": "x", "times": 2, "mode": "a"}));
    for wrong in [
        json!({}),
        json!({"word": 5}),
        json!({"word": "x", "times": "2"}),
        json!({"word": "x", "mode": "zzz"}),
    ] {
        assert_eq!(call(wrong.clone()).await["isError"], true, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c7_only_a_tool_that_says_so_is_told_to_read_only() {
    let (_workspace, endpoint) = serve(&[("counts.lua", COUNTS), ("greet.lua", GREET)]);
    let listed = endpoint.ask("tools/list", json!({})).await.result();
    let tools = listed["tools"].as_array().unwrap().iter();
    let reading: Vec<&str> = tools
        .filter(|tool| tool["annotations"]["readOnlyHint"] == true)
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(reading, ["get", "greet", "search", "sources"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c15_a_version_that_nobody_knows_is_not_agreed_to() {
    let (_workspace, endpoint) = serve(&[]);
    for (asked, expected) in [
        ("1999-01-01", None),
        ("2024-11-05", Some("2024-11-05")),
        ("2025-06-18", Some("2025-06-18")),
        ("2025-11-25", Some("2025-11-25")),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": asked, "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        }});
        let answer = endpoint.post(&[], &message).await;
        let agreed = answer.last()["result"]["protocolVersion"].as_str().unwrap_or_default();
        match expected {
            Some(expected) => assert_eq!(agreed, expected),
            None => assert_ne!(agreed, asked),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_scope_comes_with_its_prompt() {
    let (_workspace, endpoint) = serve(&[("counts.lua", COUNTS), ("scoped.lua", SCOPED)]);
    let prompt = endpoint.ask("prompts/get", json!({"name": "scoped"})).await.result();
    assert_eq!(prompt["_meta"]["ctx/tools"], json!(["counts", "gone"]));
    assert_eq!(
        prompt["_meta"]["ctx/notes"],
        json!(["the prompt names the tool `gone`, which nobody has"])
    );
    let said: Vec<_> = prompt["messages"].as_array().unwrap().iter().collect();
    assert_eq!((&said[0]["role"], &said[0]["content"]["text"]), (&json!("user"), &json!("Count.")));
    assert_eq!(said[1]["role"], "assistant");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_tools_answer_over_mcp_without_the_wrapper() {
    let (_workspace, endpoint) = serve(&[]);
    let answer = endpoint.ask("tools/call", json!({"name": "sources"})).await.result();
    assert_eq!(answer["structuredContent"], json!({"sources": []}));
    assert_eq!(answer["content"][0]["text"], r#"{"sources":[]}"#);
    let params = json!({"name": "search", "arguments": {"query": " "}});
    let empty = endpoint.ask("tools/call", params).await.result();
    assert_eq!(empty["isError"], true);
    let text = empty["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("query must not be empty"), "{text}");
}
