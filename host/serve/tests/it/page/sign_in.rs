//! Who may run things from the page, and from where.

use ctx_store::JournalFilter;
use http::StatusCode;
use http::header::{ORIGIN, SET_COOKIE};

use super::browser::{Browser, TOKEN};
use super::scripts::GREET;
use crate::mcp::workspace::Workspace;

async fn site() -> Browser {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let browser = Browser::before(workspace).await;
    browser.host.catalog().await.unwrap();
    browser
}

async fn signed_in() -> Browser {
    let mut browser = site().await;
    let way_in = browser.way_in.clone();
    let sight = browser.get(&way_in).await;
    browser.keep_cookie(&sight);
    browser
}

/// Checks that nothing ran.
#[track_caller]
fn nothing_ran(browser: &Browser) {
    assert_eq!(browser.host.journal(&JournalFilter::default(), 10).unwrap(), []);
}

const ADA: [(&str, &str); 1] = [("arg:name", "Ada")];

#[tokio::test(flavor = "multi_thread")]
async fn the_link_that_the_server_prints_signs_in_once() {
    let mut browser = site().await;
    let way_in = browser.way_in.clone();
    let sight = browser.get(&way_in).await.leads_to("/");
    let cookie = sight.headers[SET_COOKIE].to_str().unwrap();
    let (session, rules) = cookie.split_once(';').unwrap();
    assert!(session.starts_with("ctx-session-") && session.len() > 40, "{session}");
    assert_eq!(rules, " HttpOnly; SameSite=Strict; Path=/");
    let again = browser.get(&way_in).await.page(StatusCode::UNAUTHORIZED);
    assert!(!again.headers.contains_key(SET_COOKIE));
    again.has("was used before");
    browser.keep_cookie(&sight);
    browser.get(&way_in).await.leads_to("/");
    browser.get("/").await.page(StatusCode::OK).has("Sign out").lacks(r#"href="/sign-in""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_signs_in_and_nothing_else_does() {
    let browser = site().await;
    browser.get("/sign-in").await.page(StatusCode::OK).has(r#"type="password""#);
    for wrong in ["", "a-token-of-many-character", "another"] {
        let sight = browser.post("/sign-in", &[("token", wrong)]).await;
        let sight = sight.page(StatusCode::UNAUTHORIZED).has("not the server&#39;s token");
        assert!(!sight.headers.contains_key(SET_COOKIE));
    }
    let sight = browser.post("/sign-in", &[("token", TOKEN)]).await.leads_to("/");
    assert!(sight.headers.contains_key(SET_COOKIE));
    let sight = browser.post_with("/sign-in", &[], &[("token", TOKEN)]).await;
    assert!(!sight.page(StatusCode::FORBIDDEN).headers.contains_key(SET_COOKIE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_one_signs_out() {
    let browser = signed_in().await;
    browser.post("/tools/greet", &ADA).await.page(StatusCode::OK);
    let sight = browser.post("/sign-out", &[]).await.leads_to("/");
    let cookie = sight.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("ctx-session-"), "{cookie}");
    assert!(cookie.ends_with("=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"), "{cookie}");
    browser.post("/tools/greet", &ADA).await.page(StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_runs_a_tool_without_signing_in() {
    let browser = site().await;
    browser
        .get("/tools/greet")
        .await
        .page(StatusCode::OK)
        .has(r#"<a href="/sign-in">sign in</a>"#)
        .has("<button disabled>");
    browser
        .post("/tools/greet", &ADA)
        .await
        .page(StatusCode::UNAUTHORIZED)
        .has("ctx::page::sign_in")
        .has(r#"href="/sign-in""#);
    browser.post("/sign-out", &[]).await.page(StatusCode::UNAUTHORIZED);
    let cookie = [("cookie", "ctx-session-1=0000"), ("sec-fetch-site", "same-origin")];
    browser.post_with("/tools/greet", &cookie, &ADA).await.page(StatusCode::UNAUTHORIZED);
    nothing_ran(&browser);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_page_runs_a_tool() {
    let browser = signed_in().await;
    let origin = browser.origin();
    for headers in [
        &[][..],
        &[(ORIGIN.as_str(), "https://example.com")],
        &[(ORIGIN.as_str(), "null")],
        &[(ORIGIN.as_str(), "http://127.0.0.1:1")],
        &[(ORIGIN.as_str(), &*origin), ("sec-fetch-site", "cross-site")],
        &[(ORIGIN.as_str(), &*origin), ("sec-fetch-site", "same-site")],
    ] {
        browser
            .post_with("/tools/greet", headers, &ADA)
            .await
            .page(StatusCode::FORBIDDEN)
            .has("origin");
    }
    nothing_ran(&browser);
    for headers in [[(ORIGIN.as_str(), &*origin)], [("sec-fetch-site", "same-origin")]] {
        let sight = browser.post_with("/tools/greet", &headers, &ADA).await;
        sight.page(StatusCode::OK).has("hello Ada");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_token_needs_no_session() {
    let browser = site().await;
    let (origin, bearer) = (browser.origin(), format!("Bearer {TOKEN}"));
    let headers = [(ORIGIN.as_str(), &*origin), ("authorization", &*bearer)];
    browser.post_with("/tools/greet", &headers, &ADA).await.page(StatusCode::OK);
    let headers = [(ORIGIN.as_str(), &*origin), ("authorization", "Bearer another")];
    browser.post_with("/tools/greet", &headers, &ADA).await.page(StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_form_is_told_so() {
    let browser = signed_in().await;
    let origin = browser.origin();
    let headers = [("content-type", "application/json"), (ORIGIN.as_str(), &*origin)];
    let json = r#"{"arg:name": "Ada"}"#.to_owned();
    browser
        .send(http::Method::POST, "/agents/researcher", &headers, json)
        .await
        .page(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .has("ctx::page::form");
    nothing_ran(&browser);
}
