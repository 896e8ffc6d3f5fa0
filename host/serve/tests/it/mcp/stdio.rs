//! MCP over two streams, as over standard input and output.

use std::sync::Arc;

use ctx_core::Host;
use ctx_serve::mcp::streams;
use ctx_serve::problem::Problem;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::workspace::{ENDLESS, GREET, RESEARCHER, Workspace, initialize, modern};

struct Client {
    input: DuplexStream,
    output: Lines<BufReader<DuplexStream>>,
    server: JoinHandle<Result<(), Problem>>,
    shutdown: CancellationToken,
}

impl Client {
    fn new(host: Arc<Host>) -> Self {
        let (input, theirs) = tokio::io::duplex(64 * 1024);
        let (ours, output) = tokio::io::duplex(64 * 1024);
        let shutdown = CancellationToken::new();
        let server = tokio::spawn(streams(host, theirs, ours, shutdown.clone()));
        Self { input, output: BufReader::new(output).lines(), server, shutdown }
    }

    async fn send(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> Option<Value> {
        let line = self.output.next_line().await.unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }

    async fn ask(&mut self, message: &Value) -> Value {
        self.send(message).await;
        loop {
            let answer = self.receive().await.unwrap();
            if answer["id"] == message["id"] {
                return answer["result"].clone();
            }
        }
    }

    async fn initialize(&mut self) {
        assert_eq!(self.ask(&initialize(&json!({}))).await["serverInfo"]["name"], "ctx");
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    }
}

fn legacy(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_lists_calls_and_prompts() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET).drop_in("researcher.lua", RESEARCHER);
    let mut client = Client::new(workspace.open());
    client.initialize().await;
    let tools = client.ask(&legacy("tools/list", &json!({}))).await;
    assert_eq!(tools["tools"][0]["name"], "greet");
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let called = client.ask(&legacy("tools/call", &call)).await;
    assert_eq!(called["structuredContent"]["greeting"], "hello Ada");
    let get = json!({"name": "researcher", "arguments": {"topic": "tea"}});
    let prompt = client.ask(&legacy("prompts/get", &get)).await;
    assert_eq!(prompt["messages"][0]["content"]["text"], "You research.");
    let resources = client.ask(&legacy("resources/list", &json!({}))).await;
    assert_eq!(resources["resources"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_session_needs_no_greeting() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let mut client = Client::new(workspace.open());
    let found = client.ask(&modern(&json!({}), "server/discover", json!({}))).await;
    assert!(found["capabilities"]["tools"].is_object());
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let called = client.ask(&modern(&json!({}), "tools/call", call)).await;
    assert_eq!(called["resultType"], "complete");
    assert_eq!(called["structuredContent"]["greeting"], "hello Ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_told_of_a_file_that_was_dropped_in() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let host = workspace.open();
    let mut client = Client::new(host.clone());
    client.initialize().await;
    client.ask(&legacy("tools/list", &json!({}))).await;
    workspace.drop_in("endless.lua", ENDLESS);
    host.reload().await.unwrap();
    let told = client.receive().await.unwrap();
    assert_eq!(told["method"], "notifications/tools/list_changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_between_pipes_is_told_where_it_can_be_and_ends_nothing() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let host = workspace.open();
    let mut client = Client::new(host.clone());
    client.initialize().await;
    // As in the protocol's own programs, what is no JSON is passed over: it has
    // no request that an error could belong to.
    for line in ["{", "nonsense", "\u{feff}", ""] {
        client.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    let mut newer = modern(&json!({}), "tools/list", json!({}));
    newer["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2031-01-01");
    let mut told = Vec::new();
    for message in [
        json!({}),
        json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}),
        legacy("tools/burn", &json!({})),
        newer,
        legacy("tools/list", &json!({"cursor": "%"})),
        legacy("tools/call", &json!({"name": "gret"})),
    ] {
        client.send(&message).await;
        told.push(client.receive().await.unwrap()["error"]["code"].as_i64().unwrap_or_default());
    }
    assert_eq!(told, [-32600, -32600, -32601, -32022, -32602, -32602]);
    assert!(host.journal(&ctx_store::JournalFilter::default(), 1).unwrap().is_empty());
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let called = client.ask(&legacy("tools/call", &call)).await;
    assert_eq!(called["structuredContent"]["greeting"], "hello Ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_ends_when_its_input_does_and_answers_what_it_was_asked() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let mut client = Client::new(workspace.open());
    client.initialize().await;
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    client.send(&legacy("tools/call", &call)).await;
    client.input.shutdown().await.unwrap();
    let answer = client.receive().await.unwrap();
    assert_eq!(answer["result"]["structuredContent"]["greeting"], "hello Ada");
    assert_eq!(client.receive().await, None);
    client.server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_says_nothing_is_no_failure() {
    let workspace = Workspace::new();
    let mut client = Client::new(workspace.open());
    client.input.shutdown().await.unwrap();
    client.server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_ends_when_it_is_told_to() {
    let workspace = Workspace::new();
    let mut client = Client::new(workspace.open());
    client.initialize().await;
    client.shutdown.cancel();
    client.server.await.unwrap().unwrap();
}
