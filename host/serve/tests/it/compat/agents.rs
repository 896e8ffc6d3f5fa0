//! `/agents/…`: lists, prompts, and the scope of tools.

use serde_json::json;

use super::{error, serve};
use crate::mcp::workspace::{GREET, RESEARCHER};

const PLAIN: &str = r#"
agent = { name = "plain", description = "Says nothing more", tools = { "greet", "search", "gone" } }
function agent.resolve() return { system = "Be plain." } end
"#;

const NARROW: &str = r#"
agent = { name = "narrow", description = "Needs less", tools = { "greet", "search" } }
function agent.resolve() return { system = "Less.", tools = { "greet" } } end
"#;

const WIDE: &str = r#"
agent = { name = "wide", description = "Wants more", tools = { "greet" } }
function agent.resolve() return { system = "More.", tools = { "greet", "search" } } end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_listed_with_what_they_are_made_of() {
    let served = serve(&[("researcher.lua", RESEARCHER), ("greet.lua", GREET)]).await;
    let list = served.get("/agents/list").await.well();
    assert_eq!(
        list["agents"],
        json!([{
            "name": "researcher", "description": "Researches", "tools": ["greet"],
            "source": "lua",
            "arguments": [{"name": "topic", "description": "What", "required": true}],
        }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_a_prompt_is_asked_flat_or_in_a_wrapper() {
    let served = serve(&[("researcher.lua", RESEARCHER), ("greet.lua", GREET)]).await;
    for arguments in [json!({"topic": "owls"}), json!({"arguments": {"topic": "owls"}})] {
        let prompt = served.post("/agents/researcher/prompt", &arguments).await.well();
        assert_eq!(
            prompt,
            json!({
                "system": "You research.",
                "tools": ["greet"],
                "messages": [
                    {"role": "user", "content": "Start with owls"},
                    {"role": "assistant", "content": "Yes"},
                ],
            })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_an_agent_that_takes_too_long_is_a_timeout() {
    let spins = r#"
agent = { name = "spins", description = "Never answers in time" }
function agent.resolve() while true do end end
"#;
    let workspace = crate::mcp::workspace::Workspace::new();
    workspace
        .drop_in("spins.lua", spins)
        .config("[extension.spins]\nlimits = { time = \"500ms\", fuel = 1_000_000_000_000 }\n")
        .open()
        .trust()
        .unwrap();
    let served = crate::rest::served::Served::new(workspace).await;
    error(&served.post("/agents/spins/prompt", &json!({})).await, 408, "timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_8_a_prompt_without_tools_has_those_that_are_declared() {
    let served = serve(&[("plain.lua", PLAIN), ("greet.lua", GREET)]).await;
    let prompt = served.post("/agents/plain/prompt", &json!({})).await.well();
    // And without messages it has none.
    assert_eq!(prompt, json!({"system": "Be plain.", "tools": ["greet", "search", "gone"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_may_narrow_its_tools_and_not_widen_them() {
    let extensions = [("narrow.lua", NARROW), ("wide.lua", WIDE), ("greet.lua", GREET)];
    let served = serve(&extensions).await;
    let prompt = served.post("/agents/narrow/prompt", &json!({})).await.well();
    assert_eq!(prompt["tools"], json!(["greet"]));
    let refused = served.post("/agents/wide/prompt", &json!({})).await;
    let message = error(&refused, 500, "tool_error")["message"].clone();
    assert!(message.as_str().unwrap().contains("`search`"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_lacks_is_told() {
    let served = serve(&[("researcher.lua", RESEARCHER)]).await;
    error(&served.post("/agents/nobody/prompt", &json!({})).await, 404, "not_found");
    error(&served.post("/agents/researcher/prompt", &json!({})).await, 400, "bad_request");
}
