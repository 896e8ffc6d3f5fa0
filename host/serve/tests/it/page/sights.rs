//! What there is to see, and what is seen where there is nothing.

use ctx_model::{Content, Document};
use ctx_store::{DocumentWrite, JournalFilter, PageWrite, document_id};
use http::StatusCode;

use super::browser::Browser;
use super::scripts::{GREET, RESEARCHER};
use crate::mcp::workspace::Workspace;

const ASKS: &str = r#"
-- /// ctx
-- name = "weather"
-- version = "0.2.0"
-- description = "Forecasts"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://*.example.com"]
-- env = ["WEATHER_UNITS"]
-- files = ["read:maps"]
-- kv = true
-- ///
tool = { name = "forecast", description = "Forecasts" }
function tool.execute() log.warn("nothing is known", { wind = "strong" }) error("no such place") end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_front_page_shows_what_is_installed() {
    let workspace = Workspace::new();
    workspace
        .drop_in("greet.lua", GREET)
        .drop_in("researcher.lua", RESEARCHER)
        .drop_in("weather.lua", ASKS.trim_start())
        .drop_in("broken.lua", "tool = {");
    Browser::before(workspace)
        .await
        .get("/")
        .await
        .page(StatusCode::OK)
        .has(r#"href="/extensions/greet""#)
        .has(r#"href="/tools/greet""#)
        .has(r#"href="/agents/researcher""#)
        .has("asks for nothing")
        .has("needs grants")
        .has("https://*.example.com")
        .has("WEATHER_UNITS")
        .has(".ctx/extensions/weather.lua")
        .has(r#"<span class="badge bad">broken</span>"#)
        .has("unexpected symbol")
        .has(r#"href="/sign-in""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_nothing_in_it_says_what_to_do() {
    let workspace = Workspace::new();
    Browser::before(workspace)
        .await
        .get("/")
        .await
        .page(StatusCode::OK)
        .has("Nothing is installed")
        .has(".ctx/extensions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_replacement_is_told_beside_the_version_that_runs_on() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let browser = Browser::signed_in(workspace).await;
    browser.get("/").await.has("ready").lacks("new file is broken");
    browser.workspace.drop_in("greet.lua", "tool = {");
    browser.host.reload().await.unwrap();
    for path in ["/", "/extensions/greet"] {
        browser
            .get(path)
            .await
            .page(StatusCode::OK)
            .has("new file is broken")
            .has("unexpected symbol")
            .has("earlier version runs on")
            .lacks("Not loaded");
    }
    browser.post("/tools/greet", &[("arg:name", "Ada")]).await.has("hello Ada");
    browser.workspace.drop_in("greet.lua", GREET);
    browser.host.reload().await.unwrap();
    browser.get("/").await.lacks("new file is broken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_shown_with_what_to_type_for_what_it_lacks() {
    let workspace = Workspace::new();
    workspace.drop_in("weather.lua", ASKS.trim_start());
    Browser::before(workspace)
        .await
        .get("/extensions/weather")
        .await
        .page(StatusCode::OK)
        .has("0.2.0")
        .has("sha256:")
        .has("64 MiB")
        .has("ctx grant weather http &#39;https://*.example.com&#39;")
        .has("ctx grant weather env WEATHER_UNITS")
        .has("ctx grant weather files maps=PATH")
        .has("ctx grant weather kv<")
        .has("It has not run yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_failed_are_counted_and_told() {
    let workspace = Workspace::new();
    workspace.drop_in("weather.lua", ASKS.trim_start());
    let browser = Browser::signed_in(workspace).await;
    browser
        .post("/tools/forecast", &[])
        .await
        .page(StatusCode::BAD_GATEWAY)
        .has("no such place")
        .has("ctx::call::internal");
    browser.get("/").await.has("<strong>internal</strong>").has("no such place");
    browser
        .get("/extensions/weather")
        .await
        .has("internal 1")
        .has("no such place")
        .has("nothing is known")
        .has("wind=strong")
        .has("operator");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_page_with_a_code() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let browser = Browser::signed_in(workspace).await;
    for (path, code) in [
        ("/extensions/gret", "ctx::unknown::extension"),
        ("/tools/gret", "ctx::unknown::tool"),
        ("/tools/%3Cscript%3E", "ctx::unknown::tool"),
        ("/agents/gret", "ctx::unknown::agent"),
        ("/documents/00000000-0000-0000-0000-000000000000", "ctx::unknown::document"),
    ] {
        browser.get(path).await.page(StatusCode::NOT_FOUND).has(code).lacks("<script");
    }
    browser.post("/tools/gret", &[]).await.page(StatusCode::NOT_FOUND);
    browser.get("/tools/%FF").await.page(StatusCode::BAD_REQUEST).has("ctx::http::path");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_found_and_shown_as_text() {
    let workspace = Workspace::new();
    let upsert = DocumentWrite {
        id: document_id("notes", "oslo.md"),
        content_hash: [0; 32],
        chunks: vec![ctx_model::Chunk {
            span: ctx_model::Span { start: 0, end: 37 },
            breadcrumbs: Vec::new(),
        }],
        document: Document {
            id: "oslo.md".to_owned(),
            version: "1".to_owned(),
            title: Some("<b>Oslo</b>".to_owned()),
            author: None,
            uri: Some("javascript:alert(1)".to_owned()),
            media_type: "text/markdown".to_owned(),
            language: None,
            created: None,
            modified: Some(0),
            data_classes: None,
            metadata: r#"{"mood":"<i>calm</i>"}"#.to_owned(),
            content: Content::Text("the harbour <script>run()</script> ab".to_owned()),
        },
    };
    let page = PageWrite { upserts: vec![upsert], ..PageWrite::default() };
    workspace.store().apply("notes", &page).unwrap();
    let browser = Browser::before(workspace).await;
    let id = document_id("notes", "oslo.md");
    browser
        .get("/search?q=harbour")
        .await
        .page(StatusCode::OK)
        .has(&format!(r#"href="/documents/{id}""#))
        .has("&#60;b&#62;Oslo")
        .has(r#"value="harbour""#)
        .lacks("<script");
    browser.get("/search?q=nowhere").await.has("Nothing matches");
    browser.get("/search").await.page(StatusCode::OK).lacks("Nothing matches");
    browser
        .get("/search?q=harbour&cursor=none")
        .await
        .page(StatusCode::UNPROCESSABLE_ENTITY)
        .has("ctx::search::cursor");
    browser
        .get(&format!("/documents/{id}"))
        .await
        .page(StatusCode::OK)
        .has("the harbour &#60;script&#62;")
        .has("1970-01-01 00:00:00 UTC")
        .lacks(r#"href="javascript:"#)
        .lacks("<script")
        .lacks("<i>calm");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_prepares_its_prompt() {
    let workspace = Workspace::new();
    workspace.drop_in("researcher.lua", RESEARCHER);
    let browser = Browser::signed_in(workspace).await;
    browser.get("/agents/researcher").await.page(StatusCode::OK).has(r#"name="arg:topic""#);
    browser
        .post("/agents/researcher", &[("arg:topic", "the fjord")])
        .await
        .page(StatusCode::OK)
        .has("You research.")
        .has("Start with the fjord")
        .has(r#"value="the fjord""#);
    let entries = browser.host.journal(&JournalFilter::default(), 10).unwrap();
    assert_eq!(entries[0].role, "agent");
    assert_eq!(entries[0].caller.as_deref(), Some("operator"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_style_is_one_sheet_that_may_be_kept() {
    let workspace = Workspace::new();
    let sheet = Browser::before(workspace).await.get("/style.css").await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(sheet.headers["cache-control"], "private, max-age=300");
    sheet.has("prefers-color-scheme: dark").lacks("@import").lacks("url(");
}
