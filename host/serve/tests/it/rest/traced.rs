//! A request's id: the client's or a new one, and the same wherever the
//! request leaves a trace.

use std::collections::BTreeSet;

use ctx_store::LoggedFilter;
use serde_json::json;

use super::served::{JSON, Served, TOKEN};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: (&str, &str) =
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

const SAYS: &str = r#"
tool = { name = "says", description = "Says something" }
function tool.execute(params, context)
  log.info("at work", { shelf = 7 })
  return { trace = context.caller and context.caller.trace }
end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_trace_is_in_the_answer_the_journal_and_the_log() {
    let served = Served::with(&[("says.lua", SAYS)]).await;
    let answer = served.ask("POST", "/v1/tools/says", &[JSON, PARENT], "{}").await;
    answer.well();
    assert_eq!(answer.header("x-request-id"), TRACE);
    let entry = &served.journal("says")[0];
    assert_eq!((entry.request.as_deref(), entry.outcome.as_str()), (Some(TRACE), "ok"));
    let lines = served.host.logs(&LoggedFilter::default(), 10).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].request.as_deref(), Some(TRACE));
    assert_eq!(lines[0].message, "at work");
    // And from outside.
    let path = format!("/v1/extensions/says/logs?request={TRACE}&level=info");
    let lines = served.get(&path).await.well();
    assert_eq!(lines["lines"][0]["request"], TRACE);
    assert_eq!(lines["lines"][0]["message"], "at work");
    let path = "/v1/extensions/says/logs?request=00000000000000000000000000000000";
    assert_eq!(served.get(path).await.well()["lines"], json!([]));
    assert_eq!(served.get("/v1/extensions/says/logs?level=warn").await.well()["lines"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_trace_gets_one_of_its_own() {
    let served = Served::with(&[("says.lua", SAYS)]).await;
    let mut ids = BTreeSet::new();
    for parent in ["", "00-1-2-3", "rubbish", "00-00000000000000000000000000000000-1-00"] {
        let headers = [JSON, ("traceparent", parent)];
        let answer = served.ask("POST", "/v1/tools/says", &headers, "{}").await;
        answer.well();
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(served.journal("says")[0].request, Some(id.clone()));
        ids.insert(id);
    }
    assert_eq!(ids.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_has_an_id_too() {
    let served = Served::with(&[]).await;
    for (method, path) in
        [("GET", "/nope"), ("PUT", "/health"), ("POST", "/v1/tools/nope"), ("GET", "/docs/nope")]
    {
        let answer = served.ask(method, path, &[PARENT], "").await;
        assert!(answer.status >= 400);
        assert_eq!(answer.header("x-request-id"), TRACE);
    }
    let mut wire = served.wire().await;
    wire.send(super::wire::request("GET", "/v1/tools", &[("host", "evil.example"), PARENT], ""))
        .await;
    assert_eq!(wire.answer().await.header("x-request-id"), TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_mcp_has_the_id_of_its_request() {
    let served = Served::with(&[("says.lua", SAYS)]).await;
    let message = crate::mcp::workspace::modern(
        &json!({}),
        "tools/call",
        json!({"name": "says", "arguments": {}}),
    );
    let headers = [
        JSON,
        PARENT,
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "says"),
    ];
    let answer = served.ask("POST", "/mcp", &headers, message.to_string()).await;
    assert_eq!(answer.well()["result"]["isError"], false);
    assert_eq!(answer.header("x-request-id"), TRACE);
    assert_eq!(served.journal("says")[0].request.as_deref(), Some(TRACE));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_says_who_showed_the_token() {
    let served = Served::with(&[("says.lua", SAYS)]).await;
    let bearer = format!("Bearer {TOKEN}");
    for (headers, caller) in
        [(vec![JSON], None), (vec![JSON, ("authorization", bearer.as_str())], Some("operator"))]
    {
        served.ask("POST", "/v1/tools/says", &headers, "{}").await.well();
        assert_eq!(served.journal("says")[0].caller.as_deref(), caller);
    }
}
