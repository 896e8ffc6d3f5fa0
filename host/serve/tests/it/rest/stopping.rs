//! The end of a server: what is under way is finished, and nothing else holds
//! it up.

use serde_json::json;
use tokio::net::TcpStream;

use super::served::{JSON, SPINS, Served};
use super::wire::{Wire, within};
use crate::mcp::workspace::{GREET, initialize};

const RUNNING: &str = r#"ctx_calls_running{extension="spins",role="tool"}"#;

/// A tool with an answer of almost 4 MiB.
const LONG: &str = r#"
tool = { name = "long", description = "Answers at length" }
function tool.execute() return ("x"):rep(4000000) end
"#;

async fn spinning() -> Served {
    Served::with(&[("spins.lua", SPINS), ("greet.lua", GREET)]).await
}

/// Begins a call that its deadline will end.
async fn begin(served: &Served) -> Wire {
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/v1/tools/spins", &[JSON], "{}")).await;
    served.counts(RUNNING, 1.0).await;
    wire
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_gets_its_answer_and_then_all_is_over() {
    let mut served = spinning().await;
    let mut wire = begin(&served).await;
    served.stop.cancel();
    wire.answer().await.problem(504, "ctx::limit::time");
    wire.closed().await;
    served.ended().await;
    assert!(within(TcpStream::connect(served.address)).await.is_err());
    assert_eq!(served.journal("spins")[0].outcome, "time");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_new_is_let_in_while_a_call_ends() {
    let mut served = spinning().await;
    let mut wire = begin(&served).await;
    served.stop.cancel();
    // The listener goes before the call is over.
    within(async {
        while TcpStream::connect(served.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    wire.answer().await.problem(504, "ctx::limit::time");
    served.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_wait_do_not_hold_up_the_end() {
    let mut served = spinning().await;
    // One that has asked and may ask again, one that never asked, and one
    // that never read its answers.
    let mut idle = served.wire().await;
    idle.send(served.asking("GET", "/health", &[], "")).await;
    idle.answer().await.well();
    let mut silent = served.wire().await;
    let mut deaf = served.wire().await;
    deaf.send(served.asking("GET", "/health", &[], "")).await;
    // They are known before the end begins.
    served.get("/health").await.well();
    served.stop.cancel();
    served.ended().await;
    idle.closed().await;
    silent.closed().await;
    deaf.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_who_never_get_done_do_not_hold_up_the_end() {
    let mut served = Served::with(&[("long.lua", LONG)]).await;
    let mut half_a_head = served.wire().await;
    half_a_head.send("GET /hea").await;
    let mut half_a_body = served.wire().await;
    let request = served.asking("POST", "/v1/tools/long", &[JSON], "{ }");
    half_a_body.send(&request[..request.len() - 1]).await;
    // One that reads none of its answers, which are more than the machine
    // keeps for it.
    let mut deaf = served.wire().await;
    for _ in 0..16 {
        deaf.send(&request).await;
    }
    served.counts(r#"ctx_calls_total{extension="long",role="tool"}"#, 1.0).await;
    served.stop.cancel();
    served.ended().await;
    half_a_head.closed().await;
    half_a_body.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_of_mcp_does_not_hold_up_the_end() {
    let mut served = spinning().await;
    let accept = ("accept", "application/json, text/event-stream");
    let body = initialize(&json!({})).to_string();
    let begun = served.ask("POST", "/mcp", &[JSON, accept], body).await;
    assert_eq!(begun.status, 200);
    let session = begun.header("mcp-session-id").to_owned();
    let mut stream = served.wire().await;
    let headers = [
        ("accept", "text/event-stream"),
        ("mcp-session-id", session.as_str()),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    stream.send(served.asking("GET", "/mcp", &headers, "")).await;
    let head = stream.head().await;
    assert_eq!((head.status, head.header("content-type")), (200, "text/event-stream"));
    served.stop.cancel();
    served.ended().await;
    stream.closed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_asked_ends() {
    let mut served = Served::with(&[]).await;
    served.stop.cancel();
    served.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_until_the_end_are_all_in_the_journal() {
    let mut served = spinning().await;
    for _ in 0..5 {
        served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
    }
    served.stop.cancel();
    served.ended().await;
    served.host.close().unwrap();
    // Another process reads what was written.
    let entries = served.workspace.store().journal(&ctx_store::JournalFilter::default(), 10);
    assert_eq!(entries.unwrap().len(), 5);
}
