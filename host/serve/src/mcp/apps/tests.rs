#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

fn patterns(all: &[&str]) -> Vec<HostPattern> {
    all.iter().map(|text| text.parse().unwrap()).collect()
}

/// Asks for domains under a grant; returns what `_meta` says and the page.
fn page(asked: Value, requested: &[&str], granted: &[&str]) -> (Value, String) {
    let grant = HttpGrant { requested: Some(patterns(requested)), granted: patterns(granted) };
    let mut contents = Contents {
        uri: "ui://levels/page".to_owned(),
        media_type: Some("text/html;profile=mcp-app".to_owned()),
        content: EmbeddedContent::Text("<p>hello".to_owned()),
        meta: None,
    };
    assert!(is_page(&contents));
    let meta = MetaObject(Map::from_iter([("ui".to_owned(), asked)]));
    let meta = police(&mut contents, Some(meta), &grant);
    let EmbeddedContent::Text(html) = contents.content else { panic!("it is no text") };
    (Value::Object(meta.0), html)
}

#[test]
fn a_page_reaches_what_was_asked_and_granted_and_nothing_else() {
    let asked = json!({
        "csp": {
            "connectDomains": ["https://api.met.no", "wss://api.met.no", "https://evil.example"],
            "resourceDomains": ["https://*.met.no"],
            "frameDomains": ["*", "https:", "data:"],
            "evilDomains": ["https://api.met.no"],
        },
        "permissions": { "camera": {} },
        "prefersBorder": true,
    });
    let (meta, html) = page(asked, &["https://api.met.no"], &["https://*.met.no"]);
    let expected = json!({ "ui": {
        "prefersBorder": true,
        "csp": {
            "connectDomains": ["https://api.met.no", "wss://api.met.no"],
            "resourceDomains": [], "frameDomains": [], "baseUriDomains": [],
        },
    }});
    assert_eq!(meta, expected);
    assert!(html.contains("connect-src https://api.met.no wss://api.met.no;"), "{html}");
    assert!(html.contains("frame-src 'none';"), "{html}");
    assert!(html.ends_with("<p>hello"));
}

#[test]
fn a_domain_writes_nothing_into_the_policy_but_itself() {
    let asked = json!({ "csp": { "connectDomains": [
        "https://a.example; script-src *", "https://a.example\" onload=\"x", "https://a.example 'unsafe-eval'",
    ] } });
    let (meta, html) = page(asked, &["*"], &["*"]);
    assert_eq!(meta["ui"]["csp"]["connectDomains"], json!([]));
    assert!(html.contains("connect-src 'none'"), "{html}");
}

#[test]
fn a_page_that_says_nothing_reaches_nothing() {
    let (meta, html) = page(Value::Null, &["*"], &["*"]);
    assert_eq!(meta["ui"]["csp"]["connectDomains"], json!([]));
    assert!(html.starts_with("<!doctype html><meta charset=\"utf-8\"><meta http-equiv="));
    assert!(html.contains("default-src 'none'"), "{html}");
}
