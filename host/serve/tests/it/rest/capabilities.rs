//! The contract: one document, the same from every side, and never an old one.

use ctx_core::Consent;
use ctx_serve::{TRANSPORTS, wire};
use serde_json::{Value, json};

use super::served::Served;
use crate::mcp::workspace::{GREET, RESEARCHER};

const READS_ENV: &str = r#"-- /// ctx
-- [requests]
-- env = ["COLOUR"]
-- ///
tool = { name = "colour", description = "Reads a variable" }
function tool.execute() return env.get("COLOUR") or "" end
"#;

async fn expected(served: &Served) -> Value {
    let catalog = served.host.catalog().await.unwrap();
    let value = wire::Capabilities::new(&served.host, &catalog, &TRANSPORTS).unwrap();
    serde_json::to_value(value).unwrap()
}

/// Whether the one extension has what it asks for.
async fn is_granted(served: &Served) -> bool {
    let document = served.get("/v1/capabilities").await.well();
    assert_eq!(document, expected(served).await);
    let grants = &document["installed"][0]["grants"]["env"];
    grants.as_array().is_some_and(|values| values.contains(&json!("COLOUR")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_one_that_the_command_line_prints() {
    let served = Served::with(&[("greet.lua", GREET), ("researcher.lua", RESEARCHER)]).await;
    let document = served.get("/v1/capabilities").await.well();
    assert_eq!(document, expected(&served).await);
    assert_eq!(document["extensions"]["tools"], json!(["greet"]));
    assert_eq!(document["extensions"]["agents"], json!(["researcher"]));
    assert_eq!(document["transports"], json!(TRANSPORTS));
    // Asked twice, it is the same to the last byte.
    let [first, second] =
        [served.get("/v1/capabilities").await.body, served.get("/v1/capabilities").await.body];
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_another_process_shows_at_once() {
    let served = Served::with(&[("colour.lua", READS_ENV)]).await;
    assert!(!is_granted(&served).await);
    let other = served.workspace.open();
    let catalog = other.catalog().await.unwrap();
    let colour = catalog.extension("colour").unwrap();
    let values = Consent::Values { capability: "env".into(), values: vec!["COLOUR".into()] };
    for _ in 0..3 {
        other.grant(colour, &values).unwrap();
        assert!(is_granted(&served).await);
        assert_eq!(other.revoke("colour", Some("env"), None).unwrap(), 1);
        assert!(!is_granted(&served).await);
    }
    drop(other);
    assert!(!is_granted(&served).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_this_process_shows_at_once() {
    let served = Served::with(&[("colour.lua", READS_ENV)]).await;
    assert!(!is_granted(&served).await);
    let catalog = served.host.catalog().await.unwrap();
    let colour = catalog.extension("colour").unwrap();
    served.host.grant(colour, &Consent::Everything).unwrap();
    assert!(is_granted(&served).await);
    served.host.revoke("colour", None, None).unwrap();
    assert!(!is_granted(&served).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_in_shows_after_it_was_looked_for() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    let names = |document: &Value| document["extensions"]["tools"].clone();
    assert_eq!(names(&served.get("/v1/capabilities").await.well()), json!(["greet"]));
    served.workspace.drop_in("colour.lua", READS_ENV);
    served.host.reload().await.unwrap();
    let document = served.get("/v1/capabilities").await.well();
    assert_eq!(names(&document), json!(["colour", "greet"]));
    assert_eq!(document, expected(&served).await);
    // What is broken is there too, and says why.
    served.workspace.drop_in("broken.lua", "error('no')");
    served.host.reload().await.unwrap();
    let document = served.get("/v1/capabilities").await.well();
    assert_eq!(document, expected(&served).await);
    let installed = document["installed"].as_array().unwrap();
    let broken = installed.iter().find(|one| one["name"] == "broken").unwrap();
    assert!(broken["error"]["message"].as_str().unwrap().contains("no"), "{broken}");
}
