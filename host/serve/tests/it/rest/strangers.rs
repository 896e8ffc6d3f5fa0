//! Names that do not lead here, pages from elsewhere, and wrong tokens: kept
//! out of every kind of route.

use super::served::{JSON, Served, TOKEN};
use super::wire::{Answer, request};
use crate::mcp::workspace::GREET;

/// One of each kind, with the method that it takes.
const ROUTES: [(&str, &str); 11] = [
    ("GET", "/health"),
    ("GET", "/v1/tools"),
    ("POST", "/v1/tools/greet"),
    ("POST", "/mcp"),
    ("GET", "/"),
    ("GET", "/style.css"),
    ("GET", "/sign-in"),
    ("GET", "/docs/"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/nope"),
];

async fn ask(served: &Served, (method, path): (&str, &str), headers: &[(&str, &str)]) -> Answer {
    let mut wire = served.wire().await;
    let body = if method == "POST" { r#"{"name": "Ada"}"# } else { "" };
    let all = [headers, &[JSON]].concat();
    wire.send(request(method, path, &all, body)).await;
    wire.answer_to(method).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_lead_here_is_refused_on_every_route() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    let port = served.address.port();
    let elsewhere = format!("evil.example:{port}");
    let other_port = format!("127.0.0.1:{}", port ^ 1);
    let bearer = format!("Bearer {TOKEN}");
    for route in ROUTES {
        for host in ["evil.example", &elsewhere, &other_port, "localhost.evil.example", "\"", ""] {
            let headers = [("host", host), ("authorization", bearer.as_str())];
            ask(&served, route, &headers).await.problem(403, "ctx::http::host");
        }
        ask(&served, route, &[]).await.problem(403, "ctx::http::host");
        for second in ["evil.example", served.name.as_str()] {
            let two = [("host", served.name.as_str()), ("host", second)];
            ask(&served, route, &two).await.problem(403, "ctx::http::host");
        }
    }
    assert!(served.journal("greet").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_elsewhere_is_refused_on_every_route() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    let scheme = format!("ftp://{}", served.name);
    for route in ROUTES {
        for origin in ["https://evil.example", "null", "http://localhost:1", &scheme, ""] {
            let headers = [("host", served.name.as_str()), ("origin", origin)];
            ask(&served, route, &headers).await.problem(403, "ctx::http::origin");
        }
    }
    assert!(served.journal("greet").is_empty());
    let own = format!("http://{}", served.name);
    let headers = [("host", served.name.as_str()), ("origin", own.as_str())];
    ask(&served, ("POST", "/v1/tools/greet"), &headers).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_where_it_would_matter() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    for token in ["Bearer wrong", "Basic YTpi", "Bearer", "Bearer ", TOKEN] {
        for route in [
            ("GET", "/v1/tools"),
            ("POST", "/v1/tools/greet"),
            ("GET", "/v1/capabilities"),
            ("POST", "/mcp"),
            ("GET", "/docs/"),
            ("GET", "/openapi.json"),
            ("GET", "/metrics"),
            ("GET", "/nope"),
            ("GET", "/"),
        ] {
            let headers = [("host", served.name.as_str()), ("authorization", token)];
            let answer = ask(&served, route, &headers).await;
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            let problem = answer.problem(401, "ctx::http::token");
            assert!(problem["help"][0].as_str().unwrap().contains("`ctx token`"), "{problem}");
        }
    }
    assert!(served.journal("greet").is_empty());
    for token in [format!("Bearer {TOKEN}"), format!("bearer  {TOKEN}")] {
        let headers = [("host", served.name.as_str()), ("authorization", token.as_str())];
        ask(&served, ("POST", "/v1/tools/greet"), &headers).await.well();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_that_other_origins_may_read() {
    let served = Served::with(&[]).await;
    let own = format!("http://{}", served.name);
    let headers = [
        ("host", served.name.as_str()),
        ("origin", own.as_str()),
        ("access-control-request-method", "POST"),
    ];
    // What every answer owes is checked with it.
    let answer = ask(&served, ("OPTIONS", "/v1/tools/greet"), &headers).await;
    answer.problem(405, "ctx::http::method");
}
