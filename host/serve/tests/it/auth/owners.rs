//! Sessions and tasks are there for whoever began them, and for nobody else.

use ctx_core::bearer;
use serde_json::{Value, json};

use super::{mcp_as, serving};
use crate::mcp::workspace::initialize;
use crate::rest::served::{JSON, Served, TOKEN};
use crate::rest::wire::Answer;

/// Two people, and how the operator comes.
async fn people() -> (Served, [String; 3]) {
    let served = serving("").await;
    served.workspace.drop_in("slow.lua", SLOW);
    served.host.reload().await.unwrap();
    let made =
        |name: &str| bearer::add(&served.workspace.places(), name, &["*".to_owned()]).unwrap();
    let tokens = [made("ada"), made("bob"), TOKEN.to_owned()];
    (served, tokens)
}

const SLOW: &str = r#"
tool = { name = "slow", description = "Takes its time", task = "required" }
function tool.execute() sleep(20) return "done" end
"#;

/// Sends a message in a session, or asks for its stream or its end.
async fn within(served: &Served, token: &str, session: &str, method: &str, text: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        JSON,
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-session-id", session),
        ("authorization", bearer.as_str()),
    ];
    let headers =
        if session.is_empty() { [&headers[..3], &headers[4..]].concat() } else { headers.to_vec() };
    served.ask(method, "/mcp", &headers, text).await
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_answers_whoever_opened_it_and_nobody_else() {
    let (served, [ada, bob, operator]) = people().await;
    for (owner, others) in [(&ada, [&bob, &operator]), (&operator, [&ada, &bob])] {
        let begun = within(&served, owner, "", "POST", &initialize(&json!({})).to_string()).await;
        let session = begun.header("mcp-session-id").to_owned();
        for other in others {
            for (method, text) in [("POST", PING), ("GET", ""), ("DELETE", "")] {
                let theirs = within(&served, other, &session, method, text).await;
                let nobodys = within(&served, other, "made-up", method, text).await;
                let said = |answer: &Answer| (answer.status, answer.body.clone());
                assert_eq!(said(&theirs), said(&nobodys), "{method}");
                // To end what is not there is no mistake, and ends nothing.
                assert_eq!(theirs.status, if method == "DELETE" { 204 } else { 404 });
            }
        }
        assert_eq!(within(&served, owner, &session, "POST", PING).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_stands_for_whoever_began_it_and_nobody_else() {
    let (served, [ada, bob, operator]) = people().await;
    let knows = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let ask = |token: &str, method: &str, params: Value| {
        let (served, knows, token, method) = (&served, &knows, token.to_owned(), method.to_owned());
        async move { mcp_as(served, &token, knows, &method, params).await.json() }
    };
    let begun = ask(&ada, "tools/call", json!({"name": "slow", "arguments": {}})).await;
    let task = json!({"taskId": begun["result"]["taskId"]});
    assert!(task["taskId"].is_string(), "{begun}");
    for other in [&bob, &operator] {
        for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
            let mut theirs = task.clone();
            let mut nobodys = json!({"taskId": "made-up"});
            if method == "tasks/update" {
                theirs["inputResponses"] = json!({});
                nobodys["inputResponses"] = json!({});
            }
            let theirs = ask(other, method, theirs).await["error"].clone();
            let nobodys = ask(other, method, nobodys).await["error"].clone();
            assert_eq!((&theirs["code"], &theirs["data"]), (&nobodys["code"], &nobodys["data"]));
            assert_eq!(theirs["code"], -32602, "{method}");
            let text = theirs["message"].as_str().unwrap();
            assert!(text.starts_with("there is no task"), "{text}");
        }
    }
    // Nobody has stopped it.
    assert_eq!(ask(&ada, "tasks/get", task.clone()).await["result"]["status"], "working");
    assert!(ask(&ada, "tasks/cancel", task).await["result"].is_object());
}
