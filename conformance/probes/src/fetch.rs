//! Asks for each of some addresses, follows wherever it is sent, and answers
//! with the status that it came to.

use std::collections::BTreeMap;

use ctx_sdk::http::{self, Request};
use ctx_sdk::{Reply, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::got_out;

/// As many redirects as a script follows.
const HOPS: usize = 10;

#[derive(Deserialize)]
struct Arguments {
    urls: Vec<String>,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

crate::probe!(Fetch, "fetch", "Asks for addresses");

fn run(arguments: Value) -> Result<Reply> {
    let arguments: Arguments = serde_json::from_value(arguments)?;
    let results: Vec<Value> = arguments.urls.iter().map(|url| fetched(url, &arguments)).collect();
    Reply::structured(&json!({ "results": results }))
}

fn fetched(url: &str, arguments: &Arguments) -> Value {
    let mut url = url.to_owned();
    for _ in 0..=HOPS {
        let method = arguments.method.clone().unwrap_or_else(|| "GET".to_owned());
        let mut request = Request::new(method, url.clone());
        for (name, value) in &arguments.headers {
            request = request.header(name, value);
        }
        let Ok(answer) = request.send() else { return "error".into() };
        got_out::told(&url, &answer.body);
        let Some(link) = answer.header("location") else { return answer.status.into() };
        let Ok(next) = http::join(&url, link) else { return "error".into() };
        url = next;
    }
    "error".into()
}
