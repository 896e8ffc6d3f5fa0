//! No secret gets into a recording, whatever its guise.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use ctx_model::{Exchanges as _, HttpAnswer, HttpRequest};
use serde_json::json;

use super::{Recorder, Unkept, is_secret_name};
use crate::format::{Step, SyncStep};

const TOKEN: &str = "tök\"en/+1=&x";

fn step() -> Step {
    Step { sync: Some(SyncStep::default()), ..Step::default() }
}

fn request(url: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    HttpRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn a_secret_is_taken_out_wherever_it_stands() {
    use base64::Engine as _;
    let recorder = Recorder::new(1_700_000_000, 7);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("ada:{TOKEN}"));
    let headers =
        [("authorization", format!("Basic {basic}")), ("cookie", "id=c00kie; a=b".to_owned())];
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let asked = request(
        "https://a.example/x?t=t%C3%B6k%22en%2F%2B1%3D%26x&s=hunter22",
        &headers,
        r#"{"token":"tök\"en/+1=&x"}"#,
    );
    let answer = HttpAnswer {
        status: 200,
        headers: vec![
            ("set-cookie".to_owned(), "id=fresh".to_owned()),
            ("x-echo".to_owned(), TOKEN.to_owned()),
        ],
        body: br#"{"a":"t\u00f6k\"en\/+1=&x","b":"c00kie","n":1}"#.to_vec(),
    };
    recorder.heard(&asked, Ok(&answer));
    let settings = json!({ "url": "https://a.example", "api_token": TOKEN, "nested": { "password": "hunter22" }, "other_token": TOKEN });
    let conversation =
        recorder.conversation(settings.as_object().unwrap(), &is_secret_name, step()).unwrap();
    let written = conversation.write().unwrap();
    for leak in ["tök", "t%C3%B6k", "u00f6k", "hunter22", "c00kie", "fresh", basic.as_str()] {
        assert!(!written.contains(leak), "{leak} is in\n{written}");
    }
    let exchange = &conversation.steps[0].http[0];
    assert_eq!(exchange.url, "https://a.example/x?t=secret-api-token&s=secret-password");
    assert_eq!(exchange.body.as_deref(), Some(r#"{"token":"secret-api-token"}"#));
    assert_eq!(
        exchange.answer.as_deref(),
        Some(r#"{"a":"secret-api-token","b":"secret-cookie","n":1}"#)
    );
    assert_eq!(exchange.answer_headers["x-echo"], "secret-api-token");
    assert_eq!(conversation.settings["api_token"].as_str(), Some("secret-api-token"));
    assert_eq!(conversation.settings["other_token"].as_str(), Some("secret-api-token"));
    assert_eq!(conversation.now, "2023-11-14T22:13:20Z");
}

#[test]
fn a_recording_that_would_tell_is_not_kept() {
    let with = |token: &str| {
        let recorder = Recorder::new(0, 7);
        let settings = json!({ "token": token });
        recorder.conversation(settings.as_object().unwrap(), &is_secret_name, step())
    };
    assert_eq!(with("abc"), Err(Unkept::Short("token".to_owned())));
    assert!(matches!(with("conversation"), Err(Unkept::Inside(_))));
    let recorder = Recorder::new(0, 7);
    recorder.learn("key", "hunter22");
    let answer =
        HttpAnswer { status: 200, headers: Vec::new(), body: b"\xff\x00hunter22".to_vec() };
    recorder.heard(&request("https://a.example/", &[], ""), Ok(&answer));
    let settings = serde_json::Map::new();
    let kept = recorder.conversation(&settings, &is_secret_name, step());
    assert!(matches!(kept, Err(Unkept::Inside(_))), "{kept:?}");
}

#[test]
fn settings_that_open_doors_are_known_by_their_names() {
    for name in ["api_token", "API-Key", "bot_token", "client_secret", "password", "pat", "auth"] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in
        ["url", "author", "path", "keywords", "project", "max_results", "email", "space_key"]
    {
        assert!(!is_secret_name(name), "{name}");
    }
}
