//! The example as somebody runs it: started, asked over REST and MCP, synced,
//! and stopped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod running;

use ctx_host::serde_json::{Value, json};

use running::Running;

/// Lines that tie a connector and a tool to a server.
const GLUE: usize = 20;

#[test]
fn the_glue_is_under_twenty_lines() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs")).unwrap();
    let main = &text[text.find("#[tokio::main]").unwrap()..];
    let lines = main.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines < GLUE, "{lines} lines:\n{main}");
}

#[test]
fn a_program_of_ones_own_serves_its_connector_and_its_tool() {
    let library = Running::start();
    // Before anything was called: the sync at the start has stored the shelf.
    let answer = library.post("/tools/books", &json!({"about": "whale"}));
    assert_eq!(answer, json!({"result": {"books": ["Moby-Dick"]}}));
    // Arguments are held against the schema, and told as those of any tool.
    let refused = library.ask("POST", "/tools/books", &[], "{}");
    assert_eq!(refused.0, 400, "{}", refused.1);
    assert_eq!(refused.1["error"]["code"], "bad_request");
    // Over MCP.
    let answer =
        library.mcp("tools/call", &json!({"name": "books", "arguments": {"about": "pond"}}));
    assert_eq!(answer["structuredContent"], json!({"books": ["Walden"]}));
    let listed = library.mcp("tools/list", &json!({}));
    let books = named(&listed["tools"], "books");
    assert_eq!(books["annotations"]["readOnlyHint"], true);
    assert_eq!(books["inputSchema"]["properties"]["most"]["default"], 3);
    // The connector is synced like any other source.
    let synced = library.post("/v1/sources/custom:shelf/syncs", &json!({}));
    assert_eq!((&synced["documents"], &synced["unchanged"]), (&json!(3), &json!(3)), "{synced}");
    let sources = library.get("/tools/sources");
    let shelf = named(&sources["result"]["sources"], "custom:shelf");
    assert_eq!(shelf["document_count"], 3, "{shelf}");
    assert_eq!((&shelf["configured"], &shelf["healthy"]), (&json!(true), &json!(true)));
    // Both are shown beside the sandboxed ones, and marked.
    let capabilities = library.get("/v1/capabilities");
    for (name, role) in [("shelf", "connector"), ("books", "tool")] {
        let one = named(&capabilities["installed"], name);
        assert_eq!(one["kind"], "native", "{one}");
        assert_eq!(one["origin"]["layer"], "native", "{one}");
        assert_eq!(one["roles"], json!([role]), "{one}");
        assert_eq!(one["state"], "ready", "{one}");
    }
    assert_eq!(named(&capabilities["installed"], "files")["kind"], "wasm");
    assert!(holds(&capabilities["extensions"]["connectors"], "shelf"));
    assert!(holds(&capabilities["extensions"]["tools"], "books"));
    // What it did is in the journal, and cost no fuel.
    let extension = library.get("/v1/extensions/books");
    assert_eq!(extension["runs"][0]["role"], "tool", "{extension}");
    library.stop();
}

fn named(list: &Value, name: &str) -> Value {
    let found = list.as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}")).clone()
}

fn holds(list: &Value, name: &str) -> bool {
    list.as_array().unwrap().iter().any(|one| one == name)
}
