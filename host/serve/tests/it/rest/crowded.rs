//! More calls than there is room for: they wait, each extension in a line of
//! its own, or are told when to try again.

use serde_json::json;

use super::served::{JSON, LOOPS, Served};
use super::wire::Wire;
use crate::mcp::workspace::GREET;

const RUNNING: &str = r#"ctx_calls_running{extension="loops",role="tool"}"#;

/// A server with room for one run of each extension, and so many who wait.
async fn small(queue: u32) -> Served {
    let served = Served::with(&[("loops.lua", LOOPS), ("greet.lua", GREET)]).await;
    let config = format!(
        "[extension.loops]\nlimits = {{ time = \"1h\", fuel = 1_000_000_000_000 }}\n\
         [limits]\ninstances = 2\nqueue = {queue}\nwait = \"1h\"\n"
    );
    served.workspace.config(&config).open().trust().unwrap();
    served.host.reload().await.unwrap();
    served
}

async fn begin(served: &Served) -> Wire {
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/v1/tools/loops", &[JSON], "{}")).await;
    wire
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_line_is_told_when_to_try_again_and_others_are_served() {
    let served = small(1).await;
    let _looping = begin(&served).await;
    served.counts(RUNNING, 1.0).await;
    let _waiting = begin(&served).await;
    served.counts("ctx_runs_waiting", 1.0).await;

    let answer = served.post("/v1/tools/loops", &json!({})).await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    let refused = answer.problem(503, "ctx::host::crowded");
    assert_eq!(refused["extension"], "loops");
    assert_eq!(refused["retry_after_ms"], wait * 1000);
    assert_eq!(served.journal("loops")[0].outcome, "refused");

    served.post("/v1/tools/greet", &json!({ "name": "Ada" })).await.well();
    assert_eq!(served.count("ctx_runs_refused").await, Some(1.0));
    assert_eq!(served.count("ctx_instances").await, Some(1.0));
    assert_eq!(served.count("ctx_instances_most").await, Some(2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_and_goes_away_makes_room_in_the_line() {
    let served = small(1).await;
    let looping = begin(&served).await;
    served.counts(RUNNING, 1.0).await;
    let waiting = begin(&served).await;
    served.counts("ctx_runs_waiting", 1.0).await;
    drop(waiting);
    // The next in line is served once the first is gone.
    let gone = async |line: &str, wanted: f64| {
        super::wire::within(async {
            while served.count(line).await != Some(wanted) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    gone("ctx_runs_waiting", 0.0).await;
    let _next = begin(&served).await;
    served.counts("ctx_runs_waiting", 1.0).await;
    drop(looping);
    gone("ctx_runs_waiting", 0.0).await;
    assert_eq!(served.count("ctx_instances").await, Some(1.0));
}
