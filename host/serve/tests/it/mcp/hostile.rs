//! Bad input over MCP: the code that the specification names, a word that
//! helps, and nothing run.

use std::sync::Arc;

use ctx_core::Host;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::workspace::{Endpoint, GREET, Legacy, Workspace, modern};

/// A workspace whose greeter nobody should get to.
async fn greeter() -> (Workspace, Arc<Host>, Endpoint) {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let host = workspace.open();
    host.catalog().await.unwrap();
    let endpoint = Endpoint::new(&host);
    (workspace, host, endpoint)
}

fn ran(host: &Host) -> usize {
    host.journal(&ctx_store::JournalFilter::default(), 10).unwrap().len()
}

/// Sends bytes, and returns the status and the error.
async fn refused(endpoint: &Endpoint, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let response = endpoint.send(Method::POST, headers, body.to_owned()).await;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    (status, body["error"].clone())
}

const CALL: &str = r#""method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_told_from_what_is_no_message() {
    let (_workspace, host, endpoint) = greeter().await;
    let legacy = endpoint.initialize(json!({})).await;
    for headers in [&[][..], &legacy.headers()[..]] {
        for body in ["", "{", "nonsense", "{\"jsonrpc\":\"2.0\",}", "\u{feff}{}", "{}{}"] {
            let (status, error) = refused(&endpoint, headers, body).await;
            assert_eq!((status, &error["code"]), (400, &json!(-32700)), "{body}: {error}");
            assert_eq!(error["data"]["code"], "ctx::mcp::json");
        }
        let calls = [
            format!(r#"[{{"jsonrpc":"2.0","id":1,{CALL}}}]"#),
            format!(r#"{{"jsonrpc":"1.0","id":1,{CALL}}}"#),
            format!(r#"{{"id":1,{CALL}}}"#),
        ];
        let others = ["{}", "[]", "null", "\"ping\"", r#"{"jsonrpc":"2.0","id":1,"method":5}"#];
        for body in calls.iter().map(String::as_str).chain(others) {
            let (status, error) = refused(&endpoint, headers, body).await;
            assert_eq!((status, &error["code"]), (400, &json!(-32600)), "{body}: {error}");
            assert_eq!(error["data"]["code"], "ctx::mcp::message", "{body}");
        }
    }
    assert_eq!(ran(&host), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_method_of_a_session_is_an_error_and_the_session_goes_on() {
    let (_workspace, host, endpoint) = greeter().await;
    let legacy = endpoint.initialize(json!({})).await;
    for method in ["tools/burn", "", "initialise", "rpc.discover"] {
        let answer = legacy.ask(method, json!({})).await;
        assert_eq!(answer.error()["code"], -32601, "{method}");
    }
    assert_eq!(legacy.ask("ping", json!({})).await.last()["result"], json!({}));
    assert_eq!(ran(&host), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_nobody_speaks_is_refused_and_named() {
    let (_workspace, host, endpoint) = greeter().await;
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    for version in ["2031-01-01", "2099-12-31"] {
        let mut message = modern(&json!({}), "tools/call", call.clone());
        message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(version);
        let headers = [
            ("mcp-protocol-version", version),
            ("mcp-method", "tools/call"),
            ("mcp-name", "greet"),
        ];
        let (status, error) = refused(&endpoint, &headers, &message.to_string()).await;
        assert_eq!((status, &error["code"]), (400, &json!(-32022)), "{version}: {error}");
        let supported = error["data"]["supported"].as_array().unwrap();
        assert!(supported.contains(&json!("2026-07-28")), "{error}");
        // A session speaks what it began with.
        let legacy = endpoint.initialize(json!({})).await;
        let headers =
            [("mcp-session-id", legacy.session.as_str()), ("mcp-protocol-version", version)];
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,{CALL}}}"#);
        let (status, _) = refused(&endpoint, &headers, &body).await;
        assert_eq!(status, 400, "{version}");
    }
    assert_eq!(ran(&host), 0);
}

/// Asks in both eras.
async fn both(endpoint: &Endpoint, legacy: &Legacy, method: &str, params: &Value) -> [Value; 2] {
    let modern = endpoint.ask(method, params.clone()).await.last()["error"].clone();
    [modern, legacy.ask(method, params.clone()).await.last()["error"].clone()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_or_of_nobody_is_refused_in_every_list() {
    let (_workspace, _host, endpoint) = greeter().await;
    let legacy = endpoint.initialize(json!({})).await;
    // `prompts:greet`, as this server would write it, and none of its own.
    for cursor in ["cHJvbXB0czpncmVldA", "%%%", "", "AAAA", "dG9vbHM6"] {
        for method in ["tools/list", "prompts/list", "resources/list"] {
            let is_its_own = match method {
                "tools/list" => cursor == "dG9vbHM6",
                "prompts/list" => cursor == "cHJvbXB0czpncmVldA",
                _ => false,
            };
            for error in both(&endpoint, &legacy, method, &json!({"cursor": cursor})).await {
                if is_its_own {
                    assert_eq!(error, Value::Null, "{method} {cursor}");
                } else {
                    assert_eq!(error["code"], -32602, "{method} {cursor}: {error}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_another_shape_are_refused_and_run_nothing() {
    let (_workspace, host, endpoint) = greeter().await;
    let legacy = endpoint.initialize(json!({})).await;
    let mut told = Vec::new();
    for (method, params) in [
        ("tools/call", json!({})),
        ("tools/call", json!({"name": 5})),
        ("tools/call", json!({"name": "greet", "arguments": "Ada"})),
        ("tools/call", json!({"name": "greet", "arguments": []})),
        ("prompts/get", json!({})),
        ("resources/read", json!({"uri": 5})),
    ] {
        let [modern, legacy] = both(&endpoint, &legacy, method, &params).await;
        told.push(format!("{method} {params}: {} {}", modern["code"], legacy["code"]));
    }
    assert_eq!(
        told,
        [
            "tools/call {}: -32602 -32602",
            "tools/call {\"name\":5}: -32602 -32602",
            "tools/call {\"name\":\"greet\",\"arguments\":\"Ada\"}: -32602 -32602",
            "tools/call {\"name\":\"greet\",\"arguments\":[]}: -32602 -32602",
            "prompts/get {}: -32602 -32602",
            "resources/read {\"uri\":5}: -32602 -32602",
        ]
    );
    assert_eq!(ran(&host), 0);
}
