//! Clients hear of other catalogs, and guests of clients that are gone.

use axum::body::Body;
use ctx_core::Consent;
use ctx_serve::mcp::{HttpOptions, http as serve};
use ctx_store::document_id;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::http::write;
use super::workspace::{ENDLESS, Endpoint, GREET, RESEARCHER, Workspace, modern};

/// A stream of messages, as it comes in.
pub(crate) struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, text: String::new() }
    }

    /// Waits for a message. Nothing comes once the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((line, rest)) = self.text.split_once('\n') {
                let data = line.strip_prefix("data:").map(str::trim).unwrap_or_default().to_owned();
                self.text = rest.into();
                if !data.is_empty() {
                    return serde_json::from_str(&data).ok();
                }
            }
            let frame = self.body.frame().await?.unwrap();
            self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
        }
    }

    async fn method(&mut self) -> String {
        self.next().await.unwrap()["method"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_told_which_lists_changed() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let host = workspace.open();
    host.catalog().await.unwrap();
    let endpoint = Endpoint::new(&host);
    let legacy = endpoint.initialize(json!({})).await;
    legacy.ask("tools/list", json!({})).await;
    let response = endpoint.send(Method::GET, &legacy.headers(), Body::empty()).await;
    let mut stream = Stream::new(response.into_body());

    workspace.drop_in("researcher.lua", RESEARCHER);
    host.reload().await.unwrap();
    assert_eq!(stream.method().await, "notifications/prompts/list_changed");
    assert_eq!(stream.method().await, "notifications/resources/list_changed");

    workspace.drop_in("endless.lua", ENDLESS);
    host.reload().await.unwrap();
    assert_eq!(stream.method().await, "notifications/tools/list_changed");
    let tools = legacy.ask("tools/list", json!({})).await.result();
    assert_eq!(tools["tools"].as_array().unwrap().len(), 2);
}

/// Says that it changes nothing, and wants a store.
const NOTES: &str = r#"-- /// ctx
-- [requests]
-- kv = true
-- ///
tool = { name = "note", description = "Notes", hints = { read_only = true } }
function tool.execute() return "noted" end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_belies_a_hint_is_told_as_another_list_of_tools() {
    let workspace = Workspace::new();
    workspace.drop_in("notes.lua", NOTES);
    let host = workspace.open();
    host.catalog().await.unwrap();
    let legacy = Endpoint::new(&host).initialize(json!({})).await;
    let hint = async || {
        let tools = legacy.ask("tools/list", json!({})).await.result();
        tools["tools"][0]["annotations"]["readOnlyHint"].clone()
    };
    assert_eq!(hint().await, true);
    let response = legacy.endpoint.send(Method::GET, &legacy.headers(), Body::empty()).await;
    let mut stream = Stream::new(response.into_body());
    // Another process grants, as `ctx grant` does, and the watch sees it.
    let _watch = host.watch().unwrap();
    let other = workspace.open();
    let theirs = other.catalog().await.unwrap();
    other.grant(theirs.extension("notes").unwrap(), &Consent::Everything).unwrap();
    assert_eq!(stream.method().await, "notifications/tools/list_changed");
    assert_eq!(hint().await, false);
    // A change that shows in no list is told to nobody: the next word is of the
    // one after it.
    host.reload().await.unwrap();
    host.revoke("notes", None, None).unwrap();
    assert_eq!(stream.method().await, "notifications/tools/list_changed");
    assert_eq!(hint().await, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_told_what_it_asked_for_until_the_server_stops() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let (host, shutdown) = (workspace.open(), CancellationToken::new());
    let options = HttpOptions { shutdown: shutdown.clone(), ..HttpOptions::default() };
    let endpoint = Endpoint::of(serve(host.clone(), options));
    endpoint.ask("tools/list", json!({})).await;
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    let message = modern(&json!({}), "subscriptions/listen", wanted);
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "subscriptions/listen")];
    let response = endpoint.send(Method::POST, &headers, message.to_string()).await;
    let mut stream = Stream::new(response.into_body());
    assert_eq!(stream.method().await, "notifications/subscriptions/acknowledged");

    workspace.drop_in("endless.lua", ENDLESS);
    host.reload().await.unwrap();
    let told = stream.next().await.unwrap();
    assert_eq!(told["method"], "notifications/tools/list_changed");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 7);

    shutdown.cancel();
    assert!(stream.next().await.unwrap()["result"].is_object());
    assert_eq!(stream.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_another_process_syncs_is_told_to_those_who_watch_it() {
    let workspace = Workspace::new();
    write(&workspace, 2, 0);
    let [first, second] =
        ["d0.md", "d1.md"].map(|id| format!("ctx://document/{}", document_id("notes", id)));
    let host = workspace.open();
    host.catalog().await.unwrap();
    let endpoint = Endpoint::new(&host);
    let legacy = endpoint.initialize(json!({})).await;
    let nobodys = format!("ctx://document/{}", document_id("notes", "d9.md"));
    let unknown = legacy.ask("resources/subscribe", json!({"uri": nobodys})).await;
    assert_eq!(unknown.error()["data"]["uri"], nobodys.as_str());
    legacy.ask("resources/subscribe", json!({"uri": first})).await.result();
    let response = legacy.endpoint.send(Method::GET, &legacy.headers(), Body::empty()).await;
    let mut theirs = Stream::new(response.into_body());
    let wanted = json!({"notifications": {"resourceSubscriptions": [second]}});
    let message = modern(&json!({}), "subscriptions/listen", wanted);
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "subscriptions/listen")];
    let response = endpoint.send(Method::POST, &headers, message.to_string()).await;
    let mut stream = Stream::new(response.into_body());
    assert_eq!(stream.method().await, "notifications/subscriptions/acknowledged");

    write(&workspace, 2, 1);
    assert_eq!(theirs.method().await, "notifications/resources/list_changed");
    let told = theirs.next().await.unwrap();
    assert_eq!(told["method"], "notifications/resources/updated");
    assert_eq!(told["params"]["uri"], first.as_str());
    let told = stream.next().await.unwrap();
    assert_eq!(told["method"], "notifications/resources/updated");
    assert_eq!(told["params"]["uri"], second.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_a_session_ends_when_the_server_stops() {
    let shutdown = CancellationToken::new();
    let options = HttpOptions { shutdown: shutdown.clone(), ..HttpOptions::default() };
    let workspace = Workspace::new();
    let endpoint = Endpoint::of(serve(workspace.open(), options));
    let legacy = endpoint.initialize(json!({})).await;
    let response = endpoint.send(Method::GET, &legacy.headers(), Body::empty()).await;
    let mut stream = Stream::new(response.into_body());
    shutdown.cancel();
    assert_eq!(stream.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_stops_its_guest() {
    let workspace = Workspace::new();
    workspace.drop_in("endless.lua", ENDLESS);
    let (host, runs) = workspace.observe();
    let endpoint = Endpoint::new(&host);
    tokio::select! {
        answer = endpoint.ask("tools/call", json!({"name": "endless"})) => {
            panic!("it never answers: {answer:?}")
        }
        () = runs.begun() => {}
    }
    assert_eq!(runs.ended().await, ("cancelled".to_owned(), Some("mcp:test".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_session_cancels_stops_its_guest() {
    let workspace = Workspace::new();
    workspace.drop_in("endless.lua", ENDLESS);
    let (host, runs) = workspace.observe();
    let legacy = Endpoint::new(&host).initialize(json!({})).await;
    let params = json!({"name": "endless"});
    let call = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params});
    let stream = legacy.endpoint.send(Method::POST, &legacy.headers(), call.to_string()).await;
    runs.begun().await;
    let params = json!({"requestId": 9});
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
    legacy.post(&cancel).await;
    assert_eq!(runs.ended().await, ("cancelled".to_owned(), Some("mcp:test".to_owned())));
    drop(stream);
}
