//! What ended Context Harness's server, or let strangers in.

use serde_json::json;

use super::{error, serve};
use crate::mcp::workspace::GREET;
use crate::rest::served::{JSON, LOOPS, Served};
use crate::rest::wire::within;

const CYCLES: &str = r#"
tool = {
  name = "cycles", description = "Answers with itself",
  parameters = { { name = "how", required = true, description = "Where" } },
}
function tool.execute(params)
  local t = {}
  t.t = t
  if params.how == "encode" then return json.encode(t) end
  return t
end
"#;

const SLEEPS: &str = r#"
tool = {
  name = "sleeps", description = "Sleeps",
  parameters = { { name = "seconds", type = "number", required = true, description = "How long" } },
}
function tool.execute(params) sleep(params.seconds) return "slept" end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn s6_a_table_within_itself_is_an_error_and_not_the_end() {
    let served = serve(&[("cycles.lua", CYCLES), ("greet.lua", GREET)]).await;
    for how in ["answer", "encode"] {
        let answer = served.post("/tools/cycles", &json!({"how": how})).await;
        error(&answer, 500, "tool_error");
    }
    served.post("/tools/greet", &json!({"name": "Ada"})).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn s14_a_sleep_that_makes_no_sense_is_an_error_and_no_panic() {
    let served = serve(&[("sleeps.lua", SLEEPS)]).await;
    for seconds in [-1.0, 1e30] {
        let answer = served.post("/tools/sleeps", &json!({"seconds": seconds})).await;
        let message = error(&answer, 500, "tool_error")["message"].clone();
        assert!(!message.as_str().unwrap().contains("panic"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_a_page_from_elsewhere_may_neither_list_nor_call() {
    let served = serve(&[("greet.lua", GREET)]).await;
    let evil = ("origin", "https://evil.example");
    for (method, path) in [
        ("GET", "/tools/list"),
        ("GET", "/tools/sources"),
        ("POST", "/tools/greet"),
        ("GET", "/agents/list"),
        ("POST", "/agents/greet/prompt"),
    ] {
        let body = if method == "POST" { "{}" } else { "" };
        let answer = served.ask(method, path, &[JSON, evil], body).await;
        error(&answer, 403, "forbidden");
        let rebound =
            crate::rest::wire::request(method, path, &[JSON, ("host", "evil.example")], body);
        let mut wire = served.wire().await;
        wire.send(rebound).await;
        error(&wire.answer_to(method).await, 403, "forbidden");
    }
    // What asks first is told no as well: no header lets anybody in.
    let asks = [evil, ("access-control-request-method", "POST")];
    let preflight = served.ask("OPTIONS", "/tools/greet", &asks, "").await;
    error(&preflight, 403, "forbidden");
    assert!(served.journal("greet").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_client_that_hangs_up_stops_its_tool() {
    let served = Served::with(&[("loops.lua", LOOPS)]).await;
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/tools/loops", &[JSON], "{}")).await;
    served.counts("ctx_calls_running{extension=\"loops\",role=\"tool\"}", 1.0).await;
    drop(wire);
    within(async {
        while served.journal("loops").is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(served.journal("loops")[0].outcome, "cancelled");
}
