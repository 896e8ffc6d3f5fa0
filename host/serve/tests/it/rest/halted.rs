//! What does not run: disabled by the operator, in whichever process, or
//! paused because it failed again and again.

use ctx_model::ExtensionName;
use serde_json::{Value, json};

use super::served::{JSON, LOOPS, Served};
use super::wire::within;
use crate::mcp::workspace::GREET;

/// A tool that runs out of fuel at once, unless it is told not to.
const SHAKY: &str = r#"
tool = { name = "shaky", description = "Fails", parameters = {
  { name = "well", type = "boolean" } } }
function tool.execute(params)
  if params.well then return "well" end
  while true do end
end
"#;

const LITTLE: &str =
    "[extension.shaky]\nlimits = { fuel = 20_000_000 }\n[limits]\nfailures = 2\npause = \"1h\"\n";

fn named(name: &str) -> ExtensionName {
    ExtensionName::new(name).unwrap()
}

async fn state(served: &Served, name: &str) -> Value {
    let all = served.get("/v1/capabilities").await.well();
    let all = all["installed"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == name).unwrap();
    json!([found["state"], found["halted"]["message"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disabled_elsewhere_stops_here_and_runs_no_more_until_enabled() {
    let served = Served::with(&[("loops.lua", LOOPS), ("greet.lua", GREET)]).await;
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/v1/tools/loops", &[JSON], "{}")).await;
    served.counts(r#"ctx_calls_running{extension="loops",role="tool"}"#, 1.0).await;

    // As `ctx ext disable` does it, in a process of its own.
    let elsewhere = served.workspace.open();
    assert!(elsewhere.disable(&named("loops")).unwrap());
    wire.answer().await.problem(502, "ctx::sandbox::disabled");
    let refused = served.post("/v1/tools/loops", &json!({})).await;
    let refused = refused.problem(503, "ctx::extension::disabled");
    assert_eq!(refused["help"][0], "to let it run again, run `ctx ext enable loops`");
    served.post("/v1/tools/greet", &json!({ "name": "Ada" })).await.well();
    let disabled = json!(["disabled", "it is disabled"]);
    assert_eq!(state(&served, "loops").await, disabled);
    let gauge = r#"ctx_extension_halted{extension="loops",why="disabled"}"#;
    assert_eq!(served.count(gauge).await, Some(1.0));
    assert_eq!(served.journal("loops")[1].outcome, "disabled");
    assert_eq!(served.journal("loops")[0].outcome, "refused");

    // It is so for whoever starts later.
    let later = served.workspace.open();
    let catalog = later.catalog().await.unwrap();
    let halted = later.halted(catalog.extension("loops").unwrap());
    assert_eq!(halted, Some(ctx_core::Halted::Disabled));

    assert!(elsewhere.enable(&named("loops")).unwrap());
    let mut wire = served.wire().await;
    within(async {
        while state(&served, "loops").await != json!(["ready", null]) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(served.count(gauge).await, None);
    wire.send(served.asking("POST", "/v1/tools/loops", &[JSON], "{}")).await;
    served.counts(r#"ctx_calls_running{extension="loops",role="tool"}"#, 1.0).await;
    served.host.disable(&named("loops")).unwrap();
    wire.answer().await.problem(502, "ctx::sandbox::disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_again_and_again_is_paused_and_says_until_when() {
    let served = Served::with(&[("shaky.lua", SHAKY), ("greet.lua", GREET)]).await;
    served.workspace.config(LITTLE).open().trust().unwrap();
    served.host.reload().await.unwrap();
    let fail = async || {
        served.post("/v1/tools/shaky", &json!({})).await.problem(502, "ctx::limit::fuel");
    };
    let well = json!({ "well": true });
    // An answer in between breaks the row.
    fail().await;
    served.post("/v1/tools/shaky", &well).await.well();
    fail().await;
    // A question that makes no sense is not the extension's failure.
    served
        .post("/v1/tools/shaky", &json!({ "well": 1 }))
        .await
        .problem(422, "ctx::schema::arguments");
    fail().await;

    let answer = served.post("/v1/tools/shaky", &well).await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    let refused = answer.problem(503, "ctx::extension::paused");
    let said = refused["detail"].as_str().unwrap();
    assert!(said.contains("it failed 2 times in a row, last with: its fuel of 20000000"), "{said}");
    assert_eq!(state(&served, "shaky").await[0], "paused");
    let gauge = r#"ctx_extension_halted{extension="shaky",why="paused"}"#;
    assert_eq!(served.count(gauge).await, Some(1.0));
    served.post("/v1/tools/greet", &json!({ "name": "Ada" })).await.well();

    // As `ctx ext enable` does it, in a process of its own.
    assert!(served.workspace.open().enable(&named("shaky")).unwrap());
    within(async {
        while served.post("/v1/tools/shaky", &well).await.status != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
