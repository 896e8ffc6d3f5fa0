//! Clients that do not read while a guest talks and talks: what waits for them
//! is bounded, they get their answer, and nobody else waits with them.

use axum::body::Body;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_util::sync::CancellationToken;

use super::workspace::{Endpoint, Workspace, initialize, modern};

/// Tells some 5 MB while it runs.
const CHATTY: &str = r#"
tool = { name = "chatty", description = "Talks" }
function tool.execute()
  local line, step = string.rep("l", 200), string.rep("p", 1000)
  for at = 1, 4000 do
    log.info(line)
    caller.progress(at, 4000, step)
  end
  return "told"
end
"#;

/// More than may wait anywhere between the guest and its client: what is held
/// back for a moment, the outbox, and a few messages in rmcp's hands.
const BOUND: usize = 640 << 10;

fn chatty() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("chatty.lua", CHATTY);
    workspace
}

fn params() -> Value {
    json!({"name": "chatty", "arguments": {}, "_meta": {"progressToken": "p"}})
}

/// Finds the answer among messages, and how many bytes they are.
fn read<'a>(messages: impl Iterator<Item = &'a str>) -> (Value, usize) {
    let (mut answer, mut bytes) = (Value::Null, 0);
    for message in messages.filter(|message| !message.trim().is_empty()) {
        bytes += message.len();
        let message: Value = serde_json::from_str(message).unwrap();
        if message["id"] == 7 {
            answer = message["result"].clone();
        }
    }
    (answer, bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_its_stream_costs_little_and_is_answered() {
    let workspace = chatty();
    let (host, runs) = workspace.observe();
    let endpoint = Endpoint::new(&host);
    let mut message = modern(&json!({}), "tools/call", params());
    message["params"]["_meta"]["progressToken"] = json!("p");
    message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = json!("debug");
    let headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "chatty"),
    ];
    let response = endpoint.send(Method::POST, &headers, message.to_string()).await;
    // Nothing is read before the guest has said all that it has to say.
    assert_eq!(runs.ended().await.0, "ok");
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&text).unwrap();
    let (answer, bytes) = read(text.lines().filter_map(|line| line.strip_prefix("data:")));
    assert_eq!(answer["content"][0]["text"], "told");
    assert!(bytes < BOUND, "{bytes} bytes waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_read_holds_up_nothing_else_of_its_session() {
    let workspace = chatty();
    let legacy = workspace.serve().initialize(json!({})).await;
    let stream = legacy.endpoint.send(Method::GET, &legacy.headers(), Body::empty()).await;
    for _ in 0..3 {
        let answer = legacy.ask("tools/call", params()).await.result();
        assert_eq!(answer["content"][0]["text"], "told");
    }
    let response = legacy.endpoint.send(Method::DELETE, &legacy.headers(), "").await;
    assert!(response.status().is_success());
    let lines = stream.into_body().collect().await.unwrap().to_bytes().len();
    assert!(lines < BOUND, "{lines} bytes waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_between_pipes_that_does_not_read_costs_little_and_is_answered() {
    let workspace = chatty();
    let (host, runs) = workspace.observe();
    let (mut input, theirs) = tokio::io::duplex(64 << 10);
    let (ours, output) = tokio::io::duplex(1 << 10);
    let served = ctx_serve::mcp::streams(host, theirs, ours, CancellationToken::new());
    let served = tokio::spawn(served);
    let mut lines = BufReader::new(output).lines();
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params()});
    let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    input.write_all(format!("{}\n", initialize(&json!({}))).as_bytes()).await.unwrap();
    assert!(lines.next_line().await.unwrap().is_some());
    input.write_all(format!("{done}\n{call}\n").as_bytes()).await.unwrap();
    assert_eq!(runs.ended().await.0, "ok");
    let mut bytes = 0;
    let answer = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        bytes += line.len();
        let message: Value = serde_json::from_str(&line).unwrap();
        if message["id"] == 7 {
            break message["result"].clone();
        }
    };
    assert_eq!(answer["content"][0]["text"], "told");
    assert!(bytes < BOUND, "{bytes} bytes waited");
    drop(input);
    served.await.unwrap().unwrap();
}
