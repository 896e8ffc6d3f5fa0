//! Sources, documents and search.

use serde_json::{Value, json};

use super::served::{JSON, Served};
use crate::mcp::workspace::Workspace;

/// A connector that counts.
const COUNTS: &str = r#"
connector = {
  description = "Counts",
  settings = { { name = "count", type = "integer", required = true, description = "How many" } },
}
function connector.scan(config)
  for at = 1, config.count do
    ctx.emit({ source_id = "n" .. at, title = "Number " .. at, version = "1", body = "owl " .. at })
  end
end
"#;

/// A connector that gives up.
const FAILS: &str = r#"
connector = { description = "Fails" }
function connector.scan() ctx.fail("unavailable", "the far end is asleep") end
"#;

/// A connector that asks for what only an operator may give.
const READS: &str = r#"-- /// ctx
-- [requests]
-- files = ["read:{root}"]
-- ///
connector = {
  description = "Reads",
  settings = { { name = "root", type = "string", required = true, description = "Where" } },
}
function connector.scan()
  ctx.emit({ source_id = "one", title = "One", version = "1", body = "owl" })
end
"#;

const CONFIG: &str = r#"
[sources.numbers]
extension = "counts"
count = 30

[sources.asleep]
extension = "fails"

[sources.folder]
extension = "reads"
root = "."

[sources.orphan]
extension = "cuonts"
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace
        .drop_in("counts.lua", COUNTS)
        .drop_in("fails.lua", FAILS)
        .drop_in("reads.lua", READS)
        .config(CONFIG);
    workspace
}

/// Serves the sources, with a config that is trusted.
async fn trusted() -> Served {
    let workspace = workspace();
    assert!(workspace.open().trust().unwrap().is_some());
    Served::new(workspace).await
}

async fn sync(served: &Served, source: &str) -> super::wire::Answer {
    served.post(&format!("/v1/sources/{source}/syncs"), &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_brings_documents_in_that_are_found_and_given() {
    let served = trusted().await;
    let listed = served.get("/v1/sources").await.well();
    let named = |listed: &Value, name: &str| {
        let sources = listed["sources"].as_array().unwrap();
        sources.iter().find(|source| source["name"] == name).unwrap().clone()
    };
    assert_eq!(named(&listed, "numbers")["documents"], 0);

    let synced = sync(&served, "numbers").await.well();
    assert_eq!((&synced["source"], &synced["added"]), (&json!("numbers"), &json!(30)));
    assert!(synced["usage"]["fuel"].as_u64().unwrap() > 0, "{synced}");
    let again = served.post("/v1/sources/numbers/syncs", &json!({"full": true})).await.well();
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(30)));
    assert_eq!(named(&served.get("/v1/sources").await.well(), "numbers")["documents"], 30);

    let mut found = std::collections::BTreeSet::new();
    let mut path = "/v1/search?q=owl&source=numbers&limit=12".to_owned();
    loop {
        let hits = served.get(&path).await.well();
        let page = hits["hits"].as_array().unwrap();
        assert!(page.len() <= 12);
        found.extend(page.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = hits["cursor"].as_str() else { break };
        path = format!("/v1/search?q=owl&source=numbers&limit=12&cursor={cursor}");
    }
    assert_eq!(found.len(), 30);
    for id in found.iter().take(3) {
        let document = served.get(&format!("/v1/documents/{id}")).await.well();
        assert_eq!(document["source"], "numbers");
        let short = served.get(&format!("/v1/documents/{}", &id[..18])).await.well();
        assert_eq!(document, short);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_cannot_be_is_told_why() {
    let served = trusted().await;
    let problem = sync(&served, "nunbers").await.problem(404, "ctx::unknown::source");
    assert!(problem["help"][0].as_str().unwrap().contains("`numbers`"), "{problem}");
    let problem = sync(&served, "asleep").await.problem(503, "ctx::call::unavailable");
    assert!(problem["detail"].as_str().unwrap().contains("asleep"), "{problem}");
    let problem = sync(&served, "orphan").await.problem(404, "ctx::unknown::connector");
    assert!(problem["help"][0].as_str().unwrap().contains("`counts`"), "{problem}");
    for body in [json!({"full": "yes"}), json!({"fool": true})] {
        let answer = served.post("/v1/sources/numbers/syncs", &body).await;
        answer.problem(400, "ctx::http::shape");
    }
    // No body is none of them.
    served.ask("POST", "/v1/sources/numbers/syncs", &[], "").await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_nobody_trusts_gives_no_power() {
    let served = Served::new(workspace()).await;
    let problem = sync(&served, "folder").await.problem(403, "ctx::trust::config");
    assert!(problem["help"][0].as_str().unwrap().contains("`ctx trust`"), "{problem}");
    assert_eq!(served.journal("reads"), []);
    // What asks for nothing needs no trust.
    sync(&served, "numbers").await.well();
    // Once it is trusted, it is the operator's own word.
    served.host.trust().unwrap();
    sync(&served, "folder").await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_makes_no_sense_is_refused() {
    let served = trusted().await;
    served.get("/v1/search?q=owl").await.well();
    let answer = served.get("/v1/search?q=owl&source=nunbers").await;
    answer.problem(404, "ctx::unknown::source");
    for cursor in ["rubbish", "%00", "AAAA", &"A".repeat(5000)] {
        let answer = served.get(&format!("/v1/search?q=owl&cursor={cursor}")).await;
        answer.problem(422, "ctx::search::cursor");
    }
    for query in ["", "?q=owl&limit=abc", "?q=owl&limit=-1", "?q=owl&colour=red", "?q=a&q=b"] {
        served.get(&format!("/v1/search{query}")).await.problem(400, "ctx::http::query");
    }
    // Odd words are words.
    for query in ["%22", "AND", "(((", "owl*", "%F0%9F%A6%89", "a%00b", &"owl+".repeat(400)] {
        let answer = served.get(&format!("/v1/search?q={query}")).await;
        assert!([200, 400].contains(&answer.status), "{query}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_document_is_told_as_one() {
    let served = trusted().await;
    for id in ["no-id", "%20", "00000000-0000-0000-0000-000000000000", "%25", "a%2Fb"] {
        let answer = served.get(&format!("/v1/documents/{id}")).await;
        answer.problem(404, "ctx::unknown::document");
    }
    sync(&served, "numbers").await.well();
    // Many begin with nothing, and a percent sign stands for no text.
    for id in ["%25", "_", "-"] {
        let answer = served.get(&format!("/v1/documents/{id}")).await;
        answer.problem(404, "ctx::unknown::document");
    }
    served.ask("GET", "/v1/documents/", &[JSON], "").await.problem(404, "ctx::http::route");
}
