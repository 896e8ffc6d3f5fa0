//! Both eras over HTTP: lists, calls, prompts, documents, and every refusal.

use ctx_model::{Content, Document};
use ctx_serve::mcp::{HttpOptions, http as serve};
use ctx_store::{DocumentWrite, PageWrite, document_id};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::workspace::{ASKS, Endpoint, GREET, RESEARCHER, Workspace, initialize, modern};

/// What is the same in both eras, asked in both.
async fn both(workspace: &Workspace, method: &str, params: Value) -> [Value; 2] {
    let endpoint = workspace.serve();
    let modern = endpoint.ask(method, params.clone()).await.last().clone();
    let legacy = endpoint.initialize(json!({})).await.ask(method, params).await.last().clone();
    [modern, legacy]
}

fn store(workspace: &Workspace, count: usize) {
    write(workspace, count, 0);
}

/// Stores so many documents, as another process does, with a mark of their
/// text.
pub(super) fn write(workspace: &Workspace, count: usize, mark: u8) {
    let upserts = (0..count).map(|n| {
        let id = format!("d{n}.md");
        DocumentWrite {
            id: document_id("notes", &id),
            content_hash: [mark; 32],
            chunks: Vec::new(),
            document: Document {
                version: "1".to_owned(),
                title: (n == 0).then(|| "Nought".to_owned()),
                author: None,
                uri: None,
                media_type: "text/markdown".to_owned(),
                language: None,
                created: None,
                modified: Some(0),
                data_classes: None,
                metadata: "{}".to_owned(),
                content: Content::Text(format!("number {n}")),
                id,
            },
        }
    });
    let page = PageWrite { upserts: upserts.collect(), ..PageWrite::default() };
    workspace.store().apply("notes", &page).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_what_the_server_is() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    let legacy = endpoint.initialize(json!({})).await.info;
    assert_eq!(legacy["protocolVersion"], "2025-11-25");
    assert_eq!(legacy["serverInfo"]["name"], "ctx");
    let modern = endpoint.ask("server/discover", json!({})).await.result();
    assert!(modern["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")));
    for info in [legacy, modern] {
        let changes = json!({"listChanged": true});
        let capabilities = json!({
            "completions": {},
            "extensions": {
                "io.modelcontextprotocol/skills": {"directoryRead": true},
                "io.modelcontextprotocol/tasks": {},
                "io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]},
            },
            "logging": {},
            "prompts": changes,
            "resources": {"listChanged": true, "subscribe": true},
            "tools": changes,
        });
        assert_eq!(info["capabilities"], capabilities);
        assert!(info["instructions"].as_str().unwrap().contains("ctx"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_listed_with_all_they_say() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    for answer in both(&workspace, "tools/list", json!({})).await {
        let tools = answer["result"]["tools"].as_array().unwrap();
        assert_eq!(tools.len(), 1);
        assert_eq!(tools[0]["name"], "greet");
        assert_eq!(tools[0]["title"], "Greet");
        assert_eq!(tools[0]["inputSchema"]["required"], json!(["name"]));
        assert_eq!(tools[0]["annotations"]["readOnlyHint"], true);
        assert_eq!(tools[0]["annotations"]["destructiveHint"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tools_come_in_pages_and_in_order() {
    let workspace = Workspace::new();
    let script = "tools = {}
        for n = 1, 120 do
          tools[n] = { name = string.format('t%03d', n), description = 'd', execute = function() return {} end }
        end";
    workspace.drop_in("many.lua", script);
    let endpoint = workspace.serve();
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let params = cursor.map_or_else(|| json!({}), |cursor: Value| json!({"cursor": cursor}));
        let result = endpoint.ask("tools/list", params).await.result();
        let page = result["tools"].as_array().unwrap();
        names.extend(page.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()));
        cursor = result.get("nextCursor").cloned();
        if cursor.is_none() {
            break;
        }
        assert_eq!(page.len(), 100);
    }
    assert_eq!(names.len(), 120);
    assert!(names.is_sorted());
    let bad = endpoint.ask("tools/list", json!({"cursor": "no cursor"})).await;
    assert_eq!(bad.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_answered_with_text_and_data() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let params = json!({"name": "greet", "arguments": {"name": "Ada"}});
    for answer in both(&workspace, "tools/call", params).await {
        let result = &answer["result"];
        assert_eq!(result["structuredContent"], json!({"greeting": "hello Ada"}));
        assert_eq!(result["content"][0]["text"], r#"{"greeting":"hello Ada"}"#);
        assert_eq!(result["isError"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_session_is_answered_in_plain_json() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let params = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let answer = workspace.serve().ask("tools/call", params).await;
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_way_and_the_long_way_answer_alike() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET).drop_in("asks.lua", ASKS);
    let host = workspace.open();
    host.catalog().await.unwrap();
    let endpoint = Endpoint::new(&host);
    for (name, arguments) in [
        ("greet", json!({"name": "Ada"})),
        ("greet", json!({"name": 1})),
        ("gret", json!({})),
        ("asks", json!({})),
    ] {
        let call = json!({"name": name, "arguments": arguments});
        let short = modern(&json!({}), "tools/call", call);
        let mut long = short.clone();
        // Progress would need a stream.
        long["params"]["_meta"]["progressToken"] = json!(1);
        let version = ("mcp-protocol-version", "2026-07-28");
        let headers = [version, ("mcp-method", "tools/call"), ("mcp-name", name)];
        let (short, long) =
            (endpoint.post(&headers, &short).await, endpoint.post(&headers, &long).await);
        assert_eq!((short.status, short.messages), (long.status, long.messages));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_differs_from_the_body_is_refused() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let host = workspace.open();
    host.catalog().await.unwrap();
    let endpoint = Endpoint::new(&host);
    let call = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let message = modern(&json!({}), "tools/call", call);
    for headers in [
        [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "other"),
        ],
        [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/list"),
            ("mcp-name", "greet"),
        ],
        [
            ("mcp-protocol-version", "2025-11-25"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "greet"),
        ],
    ] {
        let answer = endpoint.post(&headers, &message).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.error()["code"], -32020);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_is_no_object_reaches_an_old_client_as_text() {
    let workspace = Workspace::new();
    let script = "tool = { name = 'list', description = 'd' }\n\
                  function tool.execute() return { 1, 2 } end";
    workspace.drop_in("list.lua", script);
    let [modern, legacy] = both(&workspace, "tools/call", json!({"name": "list"})).await;
    assert_eq!(modern["result"]["structuredContent"], json!([1, 2]));
    assert_eq!(legacy["result"]["structuredContent"], Value::Null);
    assert_eq!(legacy["result"]["content"][0]["text"], "[1,2]");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tool_is_an_error_of_the_protocol_and_names_near_ones() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    for answer in both(&workspace, "tools/call", json!({"name": "gret"})).await {
        let error = &answer["error"];
        assert_eq!(error["code"], -32602);
        assert_eq!(error["message"], "there is no tool `gret`; did you mean `greet`?");
        assert_eq!(error["data"]["code"], "ctx::unknown::tool");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_did_not_do_is_a_result_that_a_model_reads() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let fails = "tool = { name = 'fails', description = 'd' }\n\
                 function tool.execute() error('no such place') end";
    let denied = "-- /// ctx\n-- [requests]\n-- env = ['HOME']\n-- ///\n\
                  tool = { name = 'denied', description = 'd' }\n\
                  function tool.execute() return env.get('HOME') end";
    workspace.drop_in("fails.lua", fails).drop_in("denied.lua", denied);
    for (tool, code, text) in [
        (
            "greet",
            "ctx::schema::arguments",
            "the arguments do not fit `greet`: `name` is required\n\
             call `greet` again with arguments that fit its `inputSchema`",
        ),
        ("fails", "ctx::call::internal", "`fails` failed: "),
        (
            "denied",
            "ctx::grant::env",
            "`denied` was denied env `HOME`\nto allow it, run `ctx grant denied env HOME`",
        ),
    ] {
        for answer in both(&workspace, "tools/call", json!({"name": tool, "arguments": {}})).await {
            let result = &answer["result"];
            assert_eq!(result["isError"], true, "{answer}");
            assert_eq!(result["_meta"]["ctx/problem"]["code"], code, "{answer}");
            let said = result["content"][0]["text"].as_str().unwrap();
            assert!(said.starts_with(text), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_a_prompt_whose_system_text_is_said_first() {
    let workspace = Workspace::new();
    workspace.drop_in("researcher.lua", RESEARCHER);
    for answer in both(&workspace, "prompts/list", json!({})).await {
        let prompts = &answer["result"]["prompts"];
        let arguments = json!([{"name": "topic", "description": "What", "required": true}]);
        assert_eq!(prompts[0]["name"], "researcher");
        assert_eq!(prompts[0]["arguments"], arguments);
    }
    let params = json!({"name": "researcher", "arguments": {"topic": "tea"}});
    for answer in both(&workspace, "prompts/get", params).await {
        let said: Vec<_> = answer["result"]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| (message["role"].as_str().unwrap(), &message["content"]["text"]))
            .collect();
        let texts = ["You research.", "Start with tea", "Yes"].map(Value::from);
        assert_eq!(said, [("user", &texts[0]), ("user", &texts[1]), ("assistant", &texts[2])]);
        assert_eq!(answer["result"]["_meta"]["ctx/tools"], json!(["greet"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_cannot_be_given_is_an_error() {
    let workspace = Workspace::new();
    workspace.drop_in("researcher.lua", RESEARCHER);
    for answer in both(&workspace, "prompts/get", json!({"name": "resercher"})).await {
        assert_eq!(answer["error"]["code"], -32602);
        let message = "there is no agent `resercher`; did you mean `researcher`?";
        assert_eq!(answer["error"]["message"], message);
    }
    for answer in both(&workspace, "prompts/get", json!({"name": "researcher"})).await {
        assert_eq!(answer["error"]["code"], -32602);
        assert_eq!(answer["error"]["data"]["code"], "ctx::schema::arguments");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_resources() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    store(&workspace, 101);
    let first = endpoint.ask("resources/list", json!({})).await.result();
    assert_eq!(first["resources"].as_array().unwrap().len(), 100);
    let params = json!({"cursor": first["nextCursor"]});
    let second = endpoint.ask("resources/list", params).await.result();
    assert_eq!(second["resources"].as_array().unwrap().len(), 1);
    assert_eq!(second.get("nextCursor"), None);

    let uri = format!("ctx://document/{}", document_id("notes", "d0.md"));
    let listed = [&first, &second]
        .into_iter()
        .flat_map(|page| page["resources"].as_array().unwrap())
        .find(|resource| resource["uri"] == uri.as_str());
    assert_eq!(
        listed.unwrap(),
        &json!({
            "uri": uri, "name": "Nought", "title": "Nought",
            "description": "source notes: d0.md", "mimeType": "text/markdown", "size": 8,
            "annotations": {"lastModified": "1970-01-01T00:00:00Z"},
        })
    );
    for answer in both(&workspace, "resources/read", json!({"uri": uri})).await {
        let contents = &answer["result"]["contents"][0];
        assert_eq!(contents["text"], "number 0");
        assert_eq!(contents["mimeType"], "text/markdown");
        assert_eq!(contents["uri"], uri.as_str());
    }
    for answer in both(&workspace, "resources/templates/list", json!({})).await {
        let templates = &answer["result"]["resourceTemplates"];
        assert_eq!(templates[0]["uriTemplate"], "ctx://document/{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_resource_is_named_in_the_error() {
    let workspace = Workspace::new();
    let absent = format!("ctx://document/{}", document_id("notes", "absent"));
    for uri in [absent.as_str(), "ctx://document/a", "file:///etc/passwd"] {
        let [modern, legacy] = both(&workspace, "resources/read", json!({"uri": uri})).await;
        assert_eq!(modern["error"]["code"], -32602);
        assert_eq!(legacy["error"]["code"], -32002);
        assert_eq!(modern["error"]["data"], json!({"uri": uri}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_transport_have_codes() {
    let options = HttpOptions { body_limit: 64, ..HttpOptions::default() };
    let workspace = Workspace::new();
    let endpoint = Endpoint::of(serve(workspace.open(), options));
    let check = async |method: Method, headers: &[(&str, &str)], body: &str, expected| {
        let response = endpoint.send(method, headers, body.to_owned()).await;
        let status = response.status();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
        let body: Value = serde_json::from_slice(&body.to_bytes()).unwrap();
        let code = body["error"]["data"]["code"].as_str().unwrap().to_owned();
        assert_eq!((status.as_u16(), body["error"]["code"].clone(), code.as_str()), expected);
    };
    let post = Method::POST;
    check(post.clone(), &[], "{", (400, json!(-32700), "ctx::mcp::json")).await;
    let plain = [("content-type", "text/plain")];
    check(post.clone(), &plain, "{}", (415, json!(-32600), "ctx::mcp::content_type")).await;
    let html = [("accept", "text/html")];
    check(post.clone(), &html, "{}", (406, json!(-32600), "ctx::mcp::accept")).await;
    let long = "x".repeat(65);
    check(post.clone(), &[], &long, (413, json!(-32600), "ctx::mcp::too_large")).await;
    check(Method::PUT, &[], "", (405, json!(-32600), "ctx::mcp::method")).await;
    let session = [("mcp-session-id", "gone")];
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    check(post, &session, ping, (404, json!(-32600), "ctx::mcp::session")).await;
    check(Method::GET, &session, "", (404, json!(-32600), "ctx::mcp::session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_method_and_a_wrong_version_are_told_apart() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    let unknown = endpoint.ask("tools/burn", json!({})).await;
    assert_eq!(
        (unknown.status, unknown.error()["code"].clone()),
        (StatusCode::NOT_FOUND, json!(-32601))
    );
    let mut message = modern(&json!({}), "tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2031-01-01");
    let headers = [("mcp-protocol-version", "2031-01-01"), ("mcp-method", "tools/list")];
    let answer = endpoint.post(&headers, &message).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.error()["code"], -32022);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_client_says_so() {
    let workspace = Workspace::new();
    let legacy = workspace.serve().initialize(json!({})).await;
    let response = legacy.endpoint.send(Method::DELETE, &legacy.headers(), "").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let answer = legacy.ask("tools/list", json!({})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// Begins a session and says no more in it.
async fn begin(endpoint: &Endpoint) -> String {
    let answer = endpoint.post(&[], &initialize(&json!({}))).await;
    answer.headers["mcp-session-id"].to_str().unwrap().to_owned()
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_bounded_and_the_idlest_makes_room() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    let mut sessions = Vec::new();
    for _ in 0..257 {
        sessions.push(begin(&endpoint).await);
    }
    for (session, status) in [(&sessions[0], 404), (&sessions[1], 200), (&sessions[256], 200)] {
        let answer = endpoint.send(Method::POST, &[("mcp-session-id", session)], PING).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_an_open_stream_makes_no_room() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    let mut streams = Vec::new();
    for _ in 0..256 {
        let session = begin(&endpoint).await;
        let stream = endpoint.send(Method::GET, &[("mcp-session-id", &session)], "").await;
        assert_eq!(stream.status(), StatusCode::OK);
        streams.push(stream);
    }
    let refused = endpoint.post(&[], &initialize(&json!({}))).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.error()["data"]["code"], "ctx::mcp::crowded");
    assert!(!refused.headers.contains_key("mcp-session-id"));
    streams.pop();
    begin(&endpoint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_nobody_has_used_it_for_long() {
    let idle = std::time::Duration::from_millis(5);
    let options = HttpOptions { idle, ..HttpOptions::default() };
    let workspace = Workspace::new();
    let endpoint = Endpoint::of(serve(workspace.open(), options));
    let session = begin(&endpoint).await;
    tokio::time::sleep(idle).await;
    let answer = endpoint.send(Method::POST, &[("mcp-session-id", &session)], PING).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_begin_with_a_large_message() {
    let workspace = Workspace::new();
    let endpoint = workspace.serve();
    let padding = "x".repeat(64 << 10);
    let mut large = initialize(&json!({}));
    large["params"]["clientInfo"]["name"] = json!(padding);
    let refused = endpoint.post(&[], &large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.error()["data"]["code"], "ctx::mcp::too_large");
    // Said twice, so that a reader may take either.
    let twice = large.to_string().replacen('{', r#"{"method":"ping","#, 1);
    let refused = endpoint.send(Method::POST, &[], twice).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let other = endpoint.ask("tools/list", json!({"padding": padding})).await;
    assert_eq!(other.status, StatusCode::OK);
}
