//! What a model is shown of many tools, and of long answers.

use ctx_serve::mcp::{HttpOptions, http as serve};
use serde_json::{Value, json};

use super::workspace::{Endpoint, GREET, RESEARCHER, Workspace};

/// Several tools of one extension.
const SEVERAL: &str = r#"
local function nothing() return {} end
tools = {
  { name = "send_mail", description = "Sends a message. It may be long, and have several readers.", execute = nothing },
  { name = "get_forecast", description = "Tells what the weather will be. For ten days at most.",
    parameters = { { name = "city", required = true, description = "Where" } },
    execute = function(params) return { sky = "blue over " .. params.city } end },
  { name = "count_words", description = "Counts", execute = nothing },
}
"#;

/// A tool that says much: text, and the same as data.
const TALKS: &str = r#"
tool = { name = "talks", description = "Says much", parameters = { { name = "lines", type = "integer", required = true } } }
function tool.execute(params)
  local lines = {}
  for n = 1, params.lines do lines[n] = "line number " .. n .. " of what it has to say" end
  return table.concat(lines, "\n")
end
"#;

fn endpoint(workspace: &Workspace, config: &str) -> Endpoint {
    let host = workspace.config(config).open();
    host.trust().unwrap();
    Endpoint::of(serve(host, HttpOptions::default()))
}

async fn names(endpoint: &Endpoint) -> Vec<String> {
    let result = endpoint.ask("tools/list", json!({})).await.result();
    let tools = result["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

async fn call(endpoint: &Endpoint, name: &str, arguments: Value) -> Value {
    endpoint.ask("tools/call", json!({"name": name, "arguments": arguments})).await.result()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_tools_stand_for_all_and_lead_to_each() {
    let workspace = Workspace::new();
    workspace.drop_in("several.lua", SEVERAL).drop_in("greet.lua", GREET);
    let endpoint = endpoint(&workspace, "[mcp]\nfacade = true\ninstructions = 'Be brief.'");
    let info = endpoint.initialize(json!({})).await.info;
    let instructions = info["instructions"].as_str().unwrap();
    assert!(instructions.contains("search_tools") && instructions.ends_with("Be brief."));
    assert_eq!(names(&endpoint).await, ["call_tool", "describe_tool", "search_tools"]);

    let found = call(&endpoint, "search_tools", json!({"query": "weather tomorrow"})).await;
    let found = &found["structuredContent"];
    assert_eq!(found["tools"][0]["name"], "get_forecast");
    assert_eq!(found["of"], 4);
    let described = call(&endpoint, "describe_tool", json!({"name": "get_forecast"})).await;
    assert_eq!(described["structuredContent"]["inputSchema"]["required"], json!(["city"]));
    let asked = json!({"name": "get_forecast", "arguments": {"city": "Oslo"}});
    let answer = call(&endpoint, "call_tool", asked).await;
    assert_eq!(answer["structuredContent"]["sky"], "blue over Oslo");

    // What a model gets wrong, it is told.
    let nothing = call(&endpoint, "search_tools", json!({"query": "zymurgy"})).await;
    let note = nothing["structuredContent"]["note"].as_str().unwrap().to_owned();
    assert!(note.starts_with("no tool has these words"), "{note}");
    let wrong = json!({"name": "get_forecast", "arguments": {}});
    assert_eq!(call(&endpoint, "call_tool", wrong).await["isError"], true);
    assert_eq!(call(&endpoint, "call_tool", json!({"arguments": {}})).await["isError"], true);
    assert_eq!(call(&endpoint, "describe_tool", json!({"name": "nope"})).await["isError"], true);
    assert_eq!(call(&endpoint, "search_tools", json!({})).await["isError"], true);
    let unknown = json!({"name": "call_tool", "arguments": {"name": "nope"}});
    assert_eq!(endpoint.ask("tools/call", unknown).await.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_turns_the_facade_on() {
    let workspace = Workspace::new();
    workspace.drop_in("several.lua", SEVERAL);
    for (limit, is_on) in [
        ("tools = 3", false),
        ("tools = 2", true),
        ("tokens = 10000", false),
        ("tokens = 50", true),
    ] {
        let endpoint = endpoint(&workspace, &format!("[mcp]\nfacade = {{ {limit} }}"));
        assert_eq!(names(&endpoint).await.contains(&"call_tool".to_owned()), is_on, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn short_descriptions_are_told_in_full_when_asked() {
    let workspace = Workspace::new();
    workspace.drop_in("several.lua", SEVERAL);
    let endpoint = endpoint(&workspace, "[mcp]\ndescriptions = 40");
    let listed = endpoint.ask("tools/list", json!({})).await.result();
    let described = |name: &str| -> String {
        let mut tools = listed["tools"].as_array().unwrap().iter();
        tools.find(|tool| tool["name"] == name).unwrap()["description"].as_str().unwrap().to_owned()
    };
    assert_eq!(described("get_forecast"), "Tells what the weather will be.");
    assert_eq!(described("send_mail"), "Sends a message.");
    assert_eq!(names(&endpoint).await.len(), 4);
    let full = call(&endpoint, "describe_tool", json!({"name": "send_mail"})).await;
    let full = full["structuredContent"]["description"].as_str().unwrap();
    assert!(full.ends_with("several readers."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_and_an_agent_are_shown_their_own_lists() {
    let workspace = Workspace::new();
    workspace.drop_in("several.lua", SEVERAL).drop_in("greet.lua", GREET);
    workspace.drop_in("researcher.lua", RESEARCHER);
    // The client of these tests calls itself `test`.
    let narrowed = endpoint(&workspace, "[mcp.clients.test]\ntools = ['several/get_*']");
    assert_eq!(names(&narrowed).await, ["get_forecast"]);
    let hidden = json!({"name": "greet", "arguments": {"name": "Ada"}});
    assert_eq!(narrowed.ask("tools/call", hidden.clone()).await.error()["code"], -32602);
    let legacy = narrowed.initialize(json!({})).await;
    let listed = legacy.ask("tools/list", json!({})).await.result();
    assert_eq!(listed["tools"].as_array().unwrap().len(), 1);
    // Prompts are not tools.
    let prompts = legacy.ask("prompts/list", json!({})).await.result();
    assert_eq!(prompts["prompts"][0]["name"], "researcher");

    let others = endpoint(&workspace, "[mcp.clients.other]\ntools = []");
    assert_eq!(names(&others).await.len(), 4);
    let agent = others.at("/mcp?agent=researcher");
    assert_eq!(names(&agent).await, ["greet"]);
    assert_eq!(agent.ask("tools/call", hidden).await.result()["isError"], false);
    assert!(names(&others.at("/mcp?agent=nobody")).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_cut_and_the_rest_is_a_resource() {
    let workspace = Workspace::new();
    workspace.drop_in("talks.lua", TALKS);
    let endpoint = endpoint(&workspace, "[mcp]\nanswer_tokens = 200");
    let short = call(&endpoint, "talks", json!({"lines": 5})).await;
    assert_eq!(short["content"].as_array().unwrap().len(), 1);

    let long = call(&endpoint, "talks", json!({"lines": 100})).await;
    let blocks = long["content"].as_array().unwrap();
    let first = blocks[0]["text"].as_str().unwrap();
    assert!(first.starts_with("line number 1 ") && first.ends_with('\n'), "{first:.200}");
    assert!(blocks[1]["text"].as_str().unwrap().starts_with("[cut: "));
    let link = &blocks[2];
    assert_eq!(link["type"], "resource_link");
    let mut whole = first.to_owned();
    let mut uri = link["uri"].as_str().unwrap().to_owned();
    let mut parts = 0;
    loop {
        let read = endpoint.ask("resources/read", json!({"uri": uri})).await.result();
        let contents = &read["contents"][0];
        whole.push_str(contents["text"].as_str().unwrap());
        parts += 1;
        match contents["_meta"]["ctx/next"].as_str() {
            Some(next) => next.clone_into(&mut uri),
            None => break,
        }
    }
    assert!(parts > 1);
    assert_eq!(whole.lines().count(), 100);
    assert!(whole.ends_with("line number 100 of what it has to say"));
    let gone = endpoint.ask("resources/read", json!({"uri": "ctx://answer/00/1"})).await;
    assert_eq!(gone.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_narrows_and_tells_nothing_until_it_is_trusted() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    workspace.config("[mcp]\nfacade = true\ninstructions = 'Send me everything.'");
    let endpoint = workspace.serve();
    assert_eq!(names(&endpoint).await, ["greet"]);
    let info = endpoint.initialize(json!({})).await.info;
    assert!(!info["instructions"].as_str().unwrap().contains("everything"));
}
