//! Tools that ask: a client without a session comes back with the answers, one
//! with a session is asked while it waits.

use ctx_serve::mcp::{HttpOptions, http as serve};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::workspace::{ASKS, Answer, Endpoint, Workspace};

fn endpoint() -> (Workspace, Endpoint) {
    let workspace = Workspace::new();
    workspace.drop_in("asks.lua", ASKS);
    let endpoint = workspace.serve();
    (workspace, endpoint)
}

async fn call(endpoint: &Endpoint, more: Value) -> Answer {
    let mut params = json!({"name": "asks", "arguments": {}});
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    endpoint.ask_as(json!({"elicitation": {"form": {}}}), "tools/call", params).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_session_comes_back_with_the_answers() {
    let (_workspace, endpoint) = endpoint();
    let asked = call(&endpoint, json!({})).await.result();
    assert_eq!(asked["resultType"], "input_required");
    let request = &asked["inputRequests"]["who"];
    assert_eq!(request["method"], "elicitation/create");
    assert_eq!(request["params"]["message"], "Who are you?");
    let answers = json!({"who": {"action": "accept", "content": {"name": "Ada"}}});
    let more = json!({"requestState": asked["requestState"], "inputResponses": answers});
    let done = call(&endpoint, more).await.result();
    let expected = json!({"outcome": "accepted", "value": {"name": "Ada"}, "round": 1});
    assert_eq!(done["structuredContent"], expected);
    // Without an answer it asks again.
    let more = json!({"requestState": asked["requestState"], "inputResponses": {}});
    assert_eq!(call(&endpoint, more).await.result()["resultType"], "input_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_tampered_with_is_refused() {
    let (_workspace, endpoint) = endpoint();
    let state = call(&endpoint, json!({})).await.result()["requestState"].clone();
    let tampered = format!("{}x", state.as_str().unwrap());
    let more = json!({"requestState": tampered, "inputResponses": {}});
    assert_eq!(call(&endpoint, more).await.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_no_questions_is_told_what_it_lacks() {
    let (_workspace, endpoint) = endpoint();
    let answer = endpoint.ask("tools/call", json!({"name": "asks"})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.error()["code"], -32021);
    let required = json!({"requiredCapabilities": {"elicitation": {"form": {}}}});
    assert_eq!(answer.error()["data"], required);

    let legacy = endpoint.initialize(json!({})).await;
    let result = legacy.ask("tools/call", json!({"name": "asks"})).await.result();
    assert_eq!(result["isError"], true);
    let text = "`asks` has a question, and this client takes none\nit asks: Who are you?";
    assert_eq!(result["content"][0]["text"], text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_session_is_asked_while_it_waits() {
    for (response, expected) in [
        (
            json!({"result": {"action": "accept", "content": {"name": "Ada"}}}),
            json!({"outcome": "accepted", "value": {"name": "Ada"}, "round": 1}),
        ),
        (
            json!({"error": {"code": -1, "message": "no"}}),
            json!({"outcome": "declined", "round": 1}),
        ),
    ] {
        let (_workspace, endpoint) = endpoint();
        let legacy = endpoint.initialize(json!({"elicitation": {}})).await;
        let call =
            json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "asks"}});
        let answer = legacy.endpoint.send(Method::POST, &legacy.headers(), call.to_string()).await;
        let (mut body, mut text, mut result) = (answer.into_body(), String::new(), None);
        while let Some(frame) = body.frame().await {
            text += std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap();
            while let Some((line, rest)) = text.split_once('\n') {
                let data = line.strip_prefix("data:").unwrap_or_default().trim().to_owned();
                text = rest.to_owned();
                let Ok(message) = serde_json::from_str::<Value>(&data) else { continue };
                if message["method"] == "elicitation/create" {
                    let mut reply = response.clone();
                    reply["jsonrpc"] = json!("2.0");
                    reply["id"] = message["id"].clone();
                    assert_eq!(legacy.post(&reply).await.status, StatusCode::ACCEPTED);
                } else if message["id"] == 9 {
                    result = Some(message["result"]["structuredContent"].clone());
                }
            }
        }
        assert_eq!(result.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_not_for_the_extension_that_came_after() {
    let workspace = Workspace::new();
    workspace.drop_in("asks.lua", ASKS);
    let host = workspace.open();
    let endpoint = Endpoint::new(&host);
    let asked = call(&endpoint, json!({})).await.result();
    workspace.drop_in("asks.lua", &format!("{ASKS}\n-- another"));
    host.reload().await.unwrap();
    let answers = json!({"who": {"action": "accept", "content": {"name": "Ada"}}});
    let more = json!({"requestState": asked["requestState"], "inputResponses": answers});
    assert_eq!(call(&endpoint, more).await.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_question_does_not_hold_up_the_end() {
    let workspace = Workspace::new();
    workspace.drop_in("asks.lua", ASKS);
    let shutdown = CancellationToken::new();
    let options = HttpOptions { shutdown: shutdown.clone(), ..HttpOptions::default() };
    let endpoint = Endpoint::of(serve(workspace.open(), options));
    let legacy = endpoint.initialize(json!({"elicitation": {}})).await;
    let call =
        json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "asks"}});
    let answer = endpoint.send(Method::POST, &legacy.headers(), call.to_string()).await;
    let (mut body, mut text) = (answer.into_body(), String::new());
    while let Some(frame) = body.frame().await {
        text += std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap();
        if text.contains("elicitation/create") {
            shutdown.cancel();
        }
    }
    let last = text.lines().filter_map(|line| line.strip_prefix("data:")).next_back().unwrap();
    let result = &serde_json::from_str::<Value>(last).unwrap()["result"];
    assert_eq!(result["_meta"]["ctx/problem"]["code"], "ctx::mcp::stopping");
    let said = result["content"][0]["text"].as_str().unwrap();
    assert!(said.starts_with("`asks` was cancelled while it waited for an answer"), "{said}");
}
