//! `/tools/…`: lists, calls, and the three tools that every server has.

use serde_json::{Value, json};

use super::{NOTES, error, serve};
use crate::mcp::workspace::{ASKS, GREET};
use crate::rest::served::Served;

const SAYS: &str = r#"
tool = { name = "says", description = "Says it", parameters = {} }
function tool.execute() return "well" end
"#;

/// A server with one document, and the document's id.
async fn gathered() -> (Served, String) {
    let served = serve(&[("notes.lua", NOTES)]).await;
    served.post("/v1/sources/notes/syncs", &json!({})).await.well();
    let found = served.post("/tools/search", &json!({"query": "owls"})).await.well();
    let id = found["result"]["results"][0]["id"].as_str().unwrap().to_owned();
    (served, id)
}

fn names(list: &Value) -> Vec<(&str, bool)> {
    let tools = list["tools"].as_array().unwrap();
    tools.iter().map(|it| (it["name"].as_str().unwrap(), it["builtin"] == true)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_every_server_has_are_listed_first() {
    let served = serve(&[("greet.lua", GREET), ("aardvark.lua", SAYS)]).await;
    let list = served.get("/tools/list").await.well();
    let expected =
        [("search", true), ("get", true), ("sources", true), ("greet", false), ("says", false)];
    assert_eq!(names(&list), expected);
    assert_eq!(list["tools"][3]["description"], "Greets somebody");
    assert_eq!(list["tools"][3]["parameters"]["required"], json!(["name"]));
    let fields: Vec<&String> = list["tools"][0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["name", "description", "builtin", "parameters"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_an_answer_is_in_its_wrapper_and_alone() {
    let served = serve(&[("greet.lua", GREET), ("says.lua", SAYS)]).await;
    let answer = served.post("/tools/greet", &json!({"name": "Ada"})).await.well();
    assert_eq!(answer, json!({"result": {"greeting": "hello Ada"}}));
    let answer = served.post("/tools/says", &json!({"more": 1})).await.well();
    assert_eq!(answer, json!({"result": "well"}));
    // What is no object has no arguments in it.
    assert_eq!(served.post("/tools/says", &json!([1])).await.well(), answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_5_sources_are_listed_by_get_and_by_post() {
    let (served, _) = gathered().await;
    let listed = served.get("/tools/sources").await.well();
    assert_eq!(listed, served.post("/tools/sources", &json!({})).await.well());
    let source = &listed["result"]["sources"][0];
    assert_eq!(source["name"], "notes");
    assert_eq!((&source["configured"], &source["healthy"]), (&json!(true), &json!(true)));
    assert_eq!(source["notes"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_sources_say_what_the_documents_of_context_harness_promise() {
    let (served, _) = gathered().await;
    let listed = served.get("/tools/sources").await.well();
    let source = &listed["result"]["sources"][0];
    assert_eq!(source["source"], "notes");
    assert_eq!((&source["document_count"], &source["chunk_count"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_get_answer_in_the_known_shapes() {
    let (served, id) = gathered().await;
    let asked = json!({"query": "owls", "mode": "keyword", "limit": 5,
        "filters": {"source": "notes", "since": "2025-01-01"}});
    let found = served.post("/tools/search", &asked).await.well();
    let mut hit = found["result"]["results"][0].clone();
    assert!(hit["score"].as_f64().unwrap() > 0.0, "{hit}");
    assert!(hit["snippet"].as_str().unwrap().to_lowercase().contains("owls"), "{hit}");
    hit["score"] = Value::Null;
    hit["snippet"] = Value::Null;
    assert_eq!(
        hit,
        json!({
            "id": id, "score": null, "title": "Owls", "source": "notes", "source_id": "one",
            "updated_at": "2025-01-15T10:00:00Z", "snippet": null,
            "source_url": "https://example.org/owls",
        })
    );
    let document = served.post("/tools/get", &json!({"id": id})).await.well()["result"].clone();
    assert_eq!(
        document,
        json!({
            "id": id, "source": "notes", "source_id": "one",
            "source_url": "https://example.org/owls", "title": "Owls", "author": null,
            "created_at": "2025-01-15T10:00:00Z", "updated_at": "2025-01-15T10:00:00Z",
            "content_type": "text/plain", "body": "Owls hunt at night.", "metadata": {},
            "chunks": [{"index": 0, "text": "Owls hunt at night."}],
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_filters_are_part_of_the_search() {
    let (served, _) = gathered().await;
    for (filters, expected) in [
        (json!({}), 1),
        (json!({"source": "notes"}), 1),
        (json!({"source": "others"}), 0),
        (json!({"since": "2025-01-15"}), 1),
        (json!({"since": "2025-01-16"}), 0),
        (json!({"until": "2025-01-15"}), 0),
    ] {
        let asked = json!({"query": "owls", "filters": filters});
        let found = served.post("/tools/search", &asked).await.well();
        assert_eq!(found["result"]["results"].as_array().unwrap().len(), expected, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c5_operators_in_a_query_are_a_search() {
    let (served, _) = gathered().await;
    for query in ["owls AND", "NOT owls", "owls OR OR", "\"owls", "owls)", "AND"] {
        served.post("/tools/search", &json!({"query": query})).await.well();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_the_three_are_checked() {
    let (served, _) = gathered().await;
    for wrong in [
        json!({}),
        json!({"query": ""}),
        json!({"query": "  "}),
        json!({"query": 5}),
        json!({"query": "owls", "limit": -1}),
        json!({"query": "owls", "limit": 0}),
        json!({"query": "owls", "limit": 1.5}),
        json!({"query": "owls", "limit": 1_000_000}),
        json!({"query": "owls", "mode": "guess"}),
        json!({"query": "owls", "filters": {"since": "yesterday"}}),
        json!({"query": "owls", "filters": {"since": "2025-02-30"}}),
        json!({"query": "owls", "filters": []}),
    ] {
        error(&served.post("/tools/search", &wrong).await, 400, "bad_request");
    }
    error(&served.post("/tools/get", &json!({})).await, 400, "bad_request");
    let missing = served.post("/tools/get", &json!({"id": "nobody"})).await;
    let message = error(&missing, 404, "not_found")["message"].clone();
    assert!(message.as_str().unwrap().contains("document not found: nobody"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_of_a_known_name_goes_by_another_and_says_so() {
    let search = GREET.replace("\"greet\"", "\"search\"");
    let served = serve(&[("mine.lua", &search)]).await;
    let list = served.get("/tools/list").await.well();
    let expected = [("search", true), ("get", true), ("sources", true), ("mine__search", false)];
    assert_eq!(names(&list), expected);
    let answer = served.post("/tools/mine__search", &json!({"name": "Ada"})).await.well();
    assert_eq!(answer["result"]["greeting"], "hello Ada");
    let mine = served.get("/v1/extensions/mine").await.well();
    let note = mine["extension"]["notes"][0].as_str().unwrap();
    assert!(note.contains("`mine__search`"), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_asks_back_is_told_where_it_can_be_answered() {
    let served = serve(&[("asks.lua", ASKS)]).await;
    let answer = served.post("/tools/asks", &json!({})).await;
    let help = error(&answer, 409, "conflict")["help"][0].clone();
    assert!(help.as_str().unwrap().contains("/v1/tools/"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_what_it_always_said() {
    let health = serve(&[]).await.get("/health").await.well();
    assert_eq!(health, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
}
