//! Tokens that the operator handed out.

use ctx_core::{Places, bearer};
use serde_json::{Value, json};

use super::{ask, mcp, serving, shown};
use crate::rest::served::Served;

const CONFIG: &str = "[auth.scopes]\nweather = ['weather/*']\n";

fn made(served: &Served, name: &str, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    bearer::add(&places(served), name, &scopes).unwrap()
}

fn places(served: &Served) -> Places {
    served.workspace.places()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_its_scopes_until_it_is_removed() {
    let served = serving(CONFIG).await;
    let token = made(&served, "ci", &["weather", "mail/send"]);
    let narrow = made(&served, "narrow", &["weather/forecast"]);
    assert_eq!(shown(&served, &token).await, ["forecast", "send", "whoami"]);
    assert_eq!(shown(&served, &narrow).await, ["forecast"]);
    let who = ask(&served, &token, "POST", "/v1/tools/whoami", &json!({})).await.well();
    let id = &who["result"]["structured"];
    assert_eq!(id, &json!({"id": "token:ci", "scopes": ["weather", "mail/send"]}));
    let said = served.journal("weather")[0].caller.clone();
    assert_eq!(said.as_deref(), Some("token:ci"));
    ask(&served, &narrow, "POST", "/v1/tools/whoami", &json!({}))
        .await
        .problem(403, "ctx::auth::scope");
    // What no scope of the config opens is as if it were not there.
    let hidden = mcp(&served, &narrow, "tools/call", json!({"name": "send"})).await.json();
    assert_eq!(hidden["error"]["code"], -32602);
    assert!(served.journal("mail").is_empty());

    bearer::remove(&places(&served), "ci").unwrap();
    ask(&served, &token, "GET", "/v1/tools", &Value::Null).await.problem(401, "ctx::auth::token");
    ask(&served, "ctx_none", "GET", "/v1/tools", &Value::Null)
        .await
        .problem(401, "ctx::auth::token");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_token_may_ask_so_often_and_is_told_when_again() {
    let served = serving("[auth]\nrate = '3/h'\n").await;
    let (one, two) = (made(&served, "one", &["*"]), made(&served, "two", &["*"]));
    for _ in 0..3 {
        ask(&served, &one, "GET", "/v1/tools", &Value::Null).await.well();
    }
    let refused = ask(&served, &one, "POST", "/v1/tools/send", &json!({})).await;
    refused.problem(429, "ctx::auth::rate");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1100..=1200).contains(&wait), "{wait}");
    assert_eq!(mcp(&served, &one, "tools/list", json!({})).await.status, 429);
    assert!(served.journal("mail").is_empty());
    ask(&served, &two, "POST", "/v1/tools/send", &json!({})).await.well();
}
