//! Bad input: a problem with a stable code, whatever is wrong with it.

use serde_json::{Value, json};

use super::served::{JSON, Served};
use super::wire::Wire;
use crate::mcp::workspace::GREET;

const MIB: usize = 1 << 20;

/// Counts the bytes of a name.
const COUNTS: &str = r#"
tool = {
  name = "greet", description = "Counts",
  parameters = { { name = "name", required = true, description = "What" } },
}
function tool.execute(params) return { bytes = #params.name } end
"#;

async fn greet() -> Served {
    Served::with(&[("greet.lua", GREET)]).await
}

/// An object of arguments of about so many bytes.
fn large(bytes: usize) -> String {
    json!({"name": "x".repeat(bytes)}).to_string()
}

/// Sends a body in pieces whose number nobody knows before.
async fn chunked(wire: &mut Wire, name: &str, body: &str) {
    let head = format!(
        "POST /v1/tools/greet HTTP/1.1\r\nhost: {name}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    wire.try_send(head).await;
    for piece in body.as_bytes().chunks(50_000) {
        wire.try_send(format!("{:x}\r\n", piece.len())).await;
        wire.try_send(piece).await;
        wire.try_send("\r\n").await;
    }
    wire.try_send("0\r\n\r\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let served = greet().await;
    for path in ["/v1/tools/greet", "/v1/sources/x/syncs", "/nope", "/mcp", "/health"] {
        let mut wire = served.wire().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            served.name,
            4 * MIB + 1
        );
        wire.send(head).await;
        wire.answer().await.problem(413, "ctx::http::body_too_large");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_turns_out_too_large_is_refused() {
    let served = greet().await;
    let mut wire = served.wire().await;
    chunked(&mut wire, &served.name, &large(5 * MIB)).await;
    wire.answer().await.problem(413, "ctx::http::body_too_large");
    let mut wire = served.wire().await;
    wire.try_send(served.asking("POST", "/v1/tools/greet", &[JSON], large(5 * MIB))).await;
    wire.answer().await.problem(413, "ctx::http::body_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_that_is_small_enough_is_read() {
    let served = Served::with(&[("greet.lua", COUNTS)]).await;
    let body = large(3 * MIB);
    let answer = served.ask("POST", "/v1/tools/greet", &[JSON], &body).await.well();
    assert_eq!(answer["result"]["structured"]["bytes"], 3 * MIB);
    let mut wire = served.wire().await;
    chunked(&mut wire, &served.name, &body).await;
    wire.answer().await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_first_is_told_to_go_on_or_not() {
    let served = greet().await;
    let head = |length: usize| {
        format!(
            "POST /v1/tools/greet HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             expect: 100-continue\r\ncontent-length: {length}\r\n\r\n",
            served.name
        )
    };
    let mut wire = served.wire().await;
    wire.send(head(5 * MIB)).await;
    wire.answer().await.problem(413, "ctx::http::body_too_large");
    let body = large(10);
    let mut wire = served.wire().await;
    wire.send(head(body.len())).await;
    assert_eq!(wire.head().await.status, 100);
    wire.send(body).await;
    wire.answer().await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_object_is_refused() {
    let served = greet().await;
    for path in ["/v1/tools/greet", "/v1/agents/any/prompt"] {
        for body in ["{", "{\"name\": }", "nothing", "\u{feff}{}", "{}{}", "[", "{'name': 1}"] {
            let answer = served.ask("POST", path, &[JSON], body).await;
            answer.problem(400, "ctx::http::json");
        }
        for body in ["[]", "null", "1", "\"text\"", "true"] {
            let answer = served.ask("POST", path, &[JSON], body).await;
            let problem = answer.problem(400, "ctx::http::json");
            assert!(problem["detail"].as_str().unwrap().contains("object"), "{problem}");
        }
        let answer = served.ask("POST", path, &[JSON], b"{\"name\": \"\xff\"}").await;
        answer.problem(400, "ctx::http::json");
        let deep = "[".repeat(100_000);
        served.ask("POST", path, &[JSON], deep).await.problem(400, "ctx::http::json");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_say_it_is_json_is_refused() {
    let served = greet().await;
    let body = r#"{"name": "Ada"}"#;
    for path in ["/v1/tools/greet", "/v1/agents/any/prompt", "/v1/sources/any/syncs"] {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "json",
            "",
        ] {
            let answer = served.ask("POST", path, &[("content-type", kind)], body).await;
            let problem = answer.problem(415, "ctx::http::content_type");
            assert!(problem["help"][0].as_str().unwrap().contains("application/json"));
        }
        let answer = served.ask("POST", path, &[], body).await;
        answer.problem(415, "ctx::http::content_type");
    }
    assert!(served.journal("greet").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_route_is_told_as_one() {
    let served = greet().await;
    for path in [
        "/nope",
        "/v1",
        "/v1/",
        "/v2/tools",
        "/v1/tools/",
        "/v1/tools/greet/more",
        "/V1/tools",
        "//",
        "/%2e%2e/etc/passwd",
        "/../etc/passwd",
        "/%FF",
        "/v1/sources/a/b/syncs",
        "/mcp/",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = served.ask(method, path, &[], "").await;
            answer.problem(404, "ctx::http::route");
        }
    }
    let problem = served.get("/%3Cscript%3E").await.problem(404, "ctx::http::route");
    assert!(problem["detail"].as_str().unwrap().contains("/%3Cscript%3E"), "{problem}");
    assert_eq!(served.get("/docs/nope.js").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_route_does_not_take_is_told_with_those_that_it_takes() {
    let served = greet().await;
    for (path, wrong, right) in [
        ("/health", "POST", "GET,HEAD"),
        ("/metrics", "PUT", "GET,HEAD"),
        ("/openapi.json", "POST", "GET,HEAD"),
        ("/v1/capabilities", "DELETE", "GET,HEAD"),
        ("/v1/extensions", "POST", "GET,HEAD"),
        ("/v1/extensions/greet", "PATCH", "GET,HEAD"),
        ("/v1/extensions/greet/logs", "OPTIONS", "GET,HEAD"),
        ("/v1/tools", "POST", "GET,HEAD"),
        ("/v1/tools/greet", "GET", "POST"),
        ("/v1/agents", "POST", "GET,HEAD"),
        ("/v1/agents/any/prompt", "GET", "POST"),
        ("/v1/sources", "POST", "GET,HEAD"),
        ("/v1/sources/any/syncs", "GET", "POST"),
        ("/v1/search", "POST", "GET,HEAD"),
        ("/v1/documents/any", "DELETE", "GET,HEAD"),
        ("/v1/documents/any", "BREW", "GET,HEAD"),
        ("/", "PUT", "GET,HEAD"),
    ] {
        let answer = served.ask(wrong, path, &[], "").await;
        assert_eq!(answer.status, 405, "{wrong} {path}");
        assert_eq!(answer.header("allow"), right, "{wrong} {path}");
        // The page's routes may word it as a page.
        answer.problem(405, "ctx::http::method");
    }
    let answer = served.ask("PUT", "/mcp", &[], "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST, DELETE"));
    assert_eq!(answer.json()["error"]["data"]["code"], "ctx::mcp::method");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_the_answer_without_its_body() {
    let served = greet().await;
    for path in ["/health", "/v1/capabilities", "/v1/tools", "/openapi.json", "/nope"] {
        let mut wire = served.wire().await;
        wire.send(served.asking("HEAD", path, &[], "")).await;
        let head = wire.answer_to("HEAD").await;
        // The next answer begins right behind it.
        wire.send(served.asking("GET", path, &[], "")).await;
        let got = wire.answer().await;
        assert_eq!(head.status, got.status);
        for header in ["content-type", "content-length"] {
            assert_eq!(head.header(header), got.header(header), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_not_understood_is_refused() {
    let served = greet().await;
    let path = "/v1/extensions/greet/logs";
    assert_eq!(served.get(path).await.well()["lines"], json!([]));
    for query in [
        "limit=abc",
        "limit=-1",
        "limit=",
        "limit=99999999999999999999999",
        "after=x",
        "level=loud",
        "level=",
        "colour=red",
        "level=info&level=warn",
    ] {
        let answer = served.get(&format!("{path}?{query}")).await;
        answer.problem(400, "ctx::http::query");
    }
    for query in ["limit=0", "limit=1000000", "after=-5", "request=", "level=trace"] {
        assert_eq!(served.get(&format!("{path}?{query}")).await.well()["lines"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_no_text_is_refused() {
    let served = greet().await;
    for (method, path) in [
        ("GET", "/v1/extensions/%FF"),
        ("GET", "/v1/extensions/%C3%28/logs"),
        ("GET", "/v1/documents/%FF%FE"),
        ("POST", "/v1/tools/%FF"),
        ("POST", "/v1/agents/%FF/prompt"),
        ("POST", "/v1/sources/%FF/syncs"),
    ] {
        served.ask(method, path, &[], "").await.problem(400, "ctx::http::path");
    }
    // What is text and no name is a name that nobody has.
    for name in ["%00", "%0A", "%2E%2E", "%E2%80%AE", &"a".repeat(5000)] {
        let answer = served.post(&format!("/v1/tools/{name}"), &json!({})).await;
        answer.problem(404, "ctx::unknown::tool");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_answered_and_harms_nobody() {
    let served = greet().await;
    for bytes in [
        &b"GARBAGE\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/tools/\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /v1/tools/greet HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"POST /v1/tools/greet HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nhost : x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut wire = served.wire().await;
        wire.try_send(bytes).await;
        wire.closed().await;
    }
    let mut wire = served.wire().await;
    wire.try_send(format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(200_000))).await;
    wire.closed().await;
    let mut wire = served.wire().await;
    wire.try_send(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(50_000))).await;
    wire.closed().await;
    let health: Value = served.get("/health").await.well();
    assert_eq!(health["status"], "ok");
    assert!(served.journal("greet").is_empty());
}
