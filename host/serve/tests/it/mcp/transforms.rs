//! Compressors, chunkers and read-modes where models meet them: as tools of
//! their own, in the answers of other tools, and in documents. And who hears
//! of it.

use std::sync::Arc;

use ctx_core::{Host, SyncOptions};
use ctx_store::{LoggedFilter, Store};
use serde_json::{Value, json};

use super::workspace::{Endpoint, GREET, Workspace};

/// One of each, on lines.
const LINES: &str = r#"
compressor = { name = "first" }
function compressor.compress(passages)
  local kept = {}
  for place, passage in ipairs(passages) do kept[place] = passage.text:match("[^\n]*") end
  return kept
end
read_mode = { name = "last" }
function read_mode.look(text) return text:match("([^\n]*)\n*$") end
chunker = { name = "halves" }
function chunker.split(text)
  local half = #text // 2
  return { { first = 1, last = half }, { first = half + 1, last = #text } }
end
"#;

const NOTES: &str = r#"
connector = { description = "Notes" }
function connector.scan()
  return { { source_id = "a", title = "A", body = "above\nin between\nbelow" } }
end
"#;

/// Hears of reading, and reads as well, which nobody is told.
const HEARS: &str = r#"-- /// ctx
-- [requests]
-- context = ["notes"]
-- ///
hooks = {
  pre_read = function(event)
    local again = context.get(event.document or "")
    log.info("read " .. event.path)
  end,
  post_compress = function(event)
    log.info("compressed " .. (event.path or "-") .. " " .. event.original_bytes .. " " .. event.compressed_bytes)
  end,
}
"#;

/// A workspace with one document, its id, and the config.
async fn gathered(config: &str) -> (Workspace, Arc<Host>, String) {
    let workspace = Workspace::new().with_native(ctx_core::builtin());
    workspace.drop_in("lines.lua", LINES).drop_in("notes.lua", NOTES);
    workspace.drop_in("hears.lua", HEARS).drop_in("greet.lua", GREET);
    let config = format!(
        "[sources.notes]\nextension = \"notes\"\n\
         [extension.hears]\nallow = {{ context = [\"notes\"] }}\n{config}"
    );
    workspace.config(&config).open().trust().unwrap();
    let host = workspace.open();
    assert_eq!(host.catalog().await.unwrap().problems, []);
    let synced = host.sync("notes", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    synced.outcome.unwrap();
    (workspace, host, Store::document_id("notes", "a").to_string())
}

async fn call(endpoint: &Endpoint, name: &str, arguments: Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    endpoint.ask("tools/call", params).await.result()
}

async fn names(endpoint: &Endpoint) -> Vec<String> {
    let listed = endpoint.ask("tools/list", json!({})).await.result();
    let tools = listed["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn transforms_are_tools_of_their_own_if_the_config_wants_them() {
    let (_workspace, host, _) = gathered("").await;
    assert_eq!(names(&Endpoint::new(&host)).await, ["get", "greet", "search", "sources"]);
    let (_workspace, host, id) = gathered("[answers]\ntools = true\n").await;
    let endpoint = Endpoint::new(&host);
    let all = ["chunk", "compress", "get", "greet", "search", "sources", "view"];
    assert_eq!(names(&endpoint).await, all);
    let text = json!({"text": "one\ntwo", "compressor": "first", "budget": 10});
    assert_eq!(call(&endpoint, "compress", text).await["content"][0]["text"], "one");
    let document = json!({"id": id, "read_mode": "last"});
    assert_eq!(call(&endpoint, "view", document).await["content"][0]["text"], "below");
    let cut = json!({"text": "abcd", "chunker": "halves"});
    let chunks = &call(&endpoint, "chunk", cut).await["structuredContent"]["chunks"];
    assert_eq!((&chunks[0]["text"], &chunks[1]["text"]), (&json!("ab"), &json!("cd")));
    for (name, arguments, says) in [
        ("compress", json!({"text": "x", "compressor": "frist"}), "there is no compressor `frist`"),
        ("compress", json!({"compressor": "first"}), "neither `text` nor `id` is given"),
        ("view", json!({"text": "x", "budget": "1 parsec"}), "`budget`"),
    ] {
        let answer = call(&endpoint, name, arguments).await;
        assert_eq!(answer["isError"], true);
        let said = answer["content"][0]["text"].as_str().unwrap();
        assert!(said.contains(says), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_and_what_is_found_are_shown_as_the_caller_asks() {
    let (_workspace, host, id) = gathered("").await;
    let endpoint = Endpoint::new(&host);
    let body = async |arguments| {
        let answer = call(&endpoint, "get", arguments).await;
        answer["structuredContent"]["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(body(json!({"id": id})).await, "above\nin between\nbelow");
    assert_eq!(body(json!({"id": id, "view": "last"})).await, "below");
    assert_eq!(body(json!({"id": id, "compress": "first", "budget": "8 B"})).await, "above");
    let found = async |arguments| {
        let answer = call(&endpoint, "search", arguments).await;
        answer["structuredContent"]["results"][0]["snippet"].as_str().unwrap().to_owned()
    };
    assert_eq!(found(json!({"query": "between", "view": "last"})).await, "below");
    assert_eq!(found(json!({"query": "between", "compress": "first"})).await, "above");
    let uri = format!("ctx://document/{id}");
    let params = json!({"uri": uri, "_meta": {"ctx/view": "last"}});
    let read = endpoint.ask("resources/read", params).await.result();
    assert_eq!(read["contents"][0]["text"], "below");
    let params =
        json!({"name": "greet", "arguments": {"name": "a\nb"}, "_meta": {"ctx/view": "last"}});
    let answer = endpoint.ask("tools/call", params).await.result();
    assert!(!answer["content"][0]["text"].as_str().unwrap().is_empty());
    let params = json!({"uri": uri, "_meta": {"ctx/view": "lsat"}});
    let error = endpoint.ask("resources/read", params).await.error();
    assert!(error["message"].as_str().unwrap().contains("`lsat`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_says_how_each_surface_is_wanted_and_the_caller_has_the_last_word() {
    let config = "[answers.get]\nview = \"last\"\n[answers.search]\ncompress = \"first\"\n";
    let (_workspace, host, id) = gathered(config).await;
    let endpoint = Endpoint::new(&host);
    let got = call(&endpoint, "get", json!({"id": id})).await;
    assert_eq!(got["structuredContent"]["body"], "below");
    let got = call(&endpoint, "get", json!({"id": id, "compress": "first"})).await;
    assert_eq!(got["structuredContent"]["body"], "above");
    let found = call(&endpoint, "search", json!({"query": "between"})).await;
    assert_eq!(found["structuredContent"]["results"][0]["snippet"], "above");
    let params = json!({"uri": format!("ctx://document/{id}")});
    let read = endpoint.ask("resources/read", params).await.result();
    assert_eq!(read["contents"][0]["text"], "below");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_of_every_read_and_of_every_compression() {
    let (_workspace, host, id) = gathered("").await;
    let endpoint = Endpoint::new(&host);
    call(&endpoint, "get", json!({"id": id})).await;
    let params = json!({"uri": format!("ctx://document/{id}")});
    endpoint.ask("resources/read", params).await.result();
    host.context().get(&id).unwrap().unwrap();
    call(&endpoint, "get", json!({"id": id, "compress": "first"})).await;
    host.deliver_events().await.unwrap();
    let filter = LoggedFilter { extension: Some("hears".to_owned()), ..LoggedFilter::default() };
    let lines = host.logs(&filter, 100).unwrap();
    let said: Vec<_> = lines.into_iter().map(|line| line.message).collect();
    assert_eq!(said, ["read a", "read a", "read a", "read a", "compressed a 22 5"]);
}
