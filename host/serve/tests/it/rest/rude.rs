//! Clients that misbehave: what they cost is bounded, and others are served.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::json;

use super::served::{JSON, LOOPS, Served};
use super::wire::{Wire, within};
use crate::mcp::workspace::GREET;

/// Counts the runs of a tool that are under way.
const RUNNING: &str = r#"ctx_calls_running{extension="loops",role="tool"}"#;

/// Waits until a run was noted as broken off.
async fn cancelled(served: &Served) {
    within(async {
        while served.journal("loops").is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let entry = &served.journal("loops")[0];
    assert_eq!((entry.outcome.as_str(), entry.role.as_str()), ("cancelled", "tool"));
    assert_eq!(served.count(RUNNING).await, Some(0.0));
}

async fn looping() -> Served {
    Served::with(&[("loops.lua", LOOPS), ("greet.lua", GREET)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_stops_its_guest() {
    let served = looping().await;
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/v1/tools/loops", &[JSON], "{}")).await;
    served.counts(RUNNING, 1.0).await;
    drop(wire);
    cancelled(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_on_mcp_stops_its_guest() {
    let served = looping().await;
    let params = json!({"name": "loops", "arguments": {}});
    let message = crate::mcp::workspace::modern(&json!({}), "tools/call", params);
    let headers = [
        JSON,
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "loops"),
    ];
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/mcp", &headers, message.to_string())).await;
    served.counts(RUNNING, 1.0).await;
    drop(wire);
    cancelled(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_hang_up_leave_nothing_behind() {
    let served = looping().await;
    let mut wires = Vec::new();
    for _ in 0..20 {
        let mut wire = served.wire().await;
        wire.send(served.asking("POST", "/v1/tools/loops", &[JSON], "{}")).await;
        wires.push(wire);
    }
    served.counts(RUNNING, 20.0).await;
    // While they all run, somebody else is served.
    served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
    drop(wires);
    within(async {
        while served.journal("loops").len() < 20 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(served.count(RUNNING).await, Some(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_runs_nothing() {
    let served = looping().await;
    for head in ["content-length: 1000", "transfer-encoding: chunked"] {
        let mut wire = served.wire().await;
        let head = format!(
            "POST /v1/tools/greet HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             {head}\r\n\r\n",
            served.name
        );
        wire.send(head).await;
        wire.send("3e8\r\n{\"name\": ").await;
        drop(wire);
    }
    // What is chunked wrongly has ended before its end.
    let mut wire = served.wire().await;
    wire.send(format!(
        "POST /v1/tools/greet HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\nzz\r\n",
        served.name
    ))
    .await;
    wire.answer().await.problem(400, "ctx::http::broken_body");
    served.get("/health").await.well();
    assert!(served.journal("greet").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_stay_with_half_a_request_hold_up_nobody() {
    let served = looping().await;
    let mut slow = Vec::new();
    for at in 0..60 {
        let mut wire = served.wire().await;
        match at % 3 {
            0 => wire.send("POST /v1/tools/gr").await,
            1 => {
                let request = served.asking("POST", "/v1/tools/greet", &[JSON], "{\"name\": 1}");
                wire.send(&request[..request.len() - 4]).await;
            }
            _ => {}
        }
        slow.push(wire);
    }
    for _ in 0..10 {
        served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
    }
    drop(slow);
    served.get("/health").await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_are_all_served() {
    let served = looping().await;
    served.host.catalog().await.unwrap();
    let request = |at: usize| {
        let body = json!({"name": format!("number {at}")}).to_string();
        served.asking("POST", "/v1/tools/greet", &[JSON], body)
    };
    let asking: Vec<_> =
        (0..100).map(|at| tokio::spawn(greeted(served.address, request(at)))).collect();
    let mut greetings = BTreeSet::new();
    for one in asking {
        greetings.insert(one.await.unwrap());
    }
    let expected = (0..100).map(|at| format!("hello number {at}"));
    assert_eq!(greetings, expected.collect());
}

/// Asks ten times on one connection.
async fn greeted(address: SocketAddr, request: Vec<u8>) -> String {
    let mut wire = Wire::open(address).await;
    let mut greetings = BTreeSet::new();
    for _ in 0..10 {
        wire.send(&request).await;
        let answer = wire.answer().await.well();
        let greeting = answer["result"]["structured"]["greeting"].as_str().unwrap();
        greetings.insert(greeting.to_owned());
    }
    assert_eq!(greetings.len(), 1);
    greetings.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_a_row_are_answered_in_their_order() {
    let served = looping().await;
    let mut all = Vec::new();
    for at in 0..20 {
        let body = json!({"name": format!("number {at}")}).to_string();
        all.extend(served.asking("POST", "/v1/tools/greet", &[JSON], body));
        all.extend(served.asking("GET", "/nope", &[], ""));
    }
    let mut wire = served.wire().await;
    wire.send(all).await;
    for at in 0..20 {
        let answer = wire.answer().await.well();
        let greeting = answer["result"]["structured"]["greeting"].as_str().unwrap();
        assert_eq!(greeting, format!("hello number {at}"));
        wire.answer().await.problem(404, "ctx::http::route");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_good_for_more_after_a_mistake() {
    let served = looping().await;
    let mut wire = served.wire().await;
    wire.send(served.asking("POST", "/v1/tools/greet", &[JSON], "{")).await;
    wire.answer().await.problem(400, "ctx::http::json");
    wire.send(served.asking("POST", "/v1/tools/greet", &[], "{}")).await;
    wire.answer().await.problem(415, "ctx::http::content_type");
    wire.send(served.asking("POST", "/v1/tools/greet", &[JSON], r#"{"name": "Ada"}"#)).await;
    wire.answer().await.well();
}
