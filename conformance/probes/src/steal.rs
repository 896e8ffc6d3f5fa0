//! Goes for what belongs to other extensions: their values, secrets, sources.

use ctx_sdk::context::{self, Query};
use ctx_sdk::{Reply, Result, kv, log, secrets};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::got_out;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Arguments {
    buckets: Vec<String>,
    secrets: Vec<String>,
    sources: Vec<String>,
}

crate::probe!(Steal, "steal", "Takes what belongs to others");

fn run(arguments: Value) -> Result<Reply> {
    let arguments: Arguments = serde_json::from_value(arguments)?;
    let mut got = 0;
    for name in &arguments.buckets {
        let Ok(bucket) = kv::open(name) else { continue };
        for key in bucket.keys("").unwrap_or_default() {
            got += 1;
            got_out::told(name, &bucket.get(&key)?.unwrap_or_default());
        }
    }
    for name in &arguments.secrets {
        if let Ok(secret) = secrets::get(name) {
            got += 1;
            got_out::told(name, secret.reveal().as_bytes());
            log::error(format!("got out: secret {name}"));
        }
    }
    for name in &arguments.sources {
        let query = Query { sources: vec![name.clone()], ..Query::new("words") };
        if context::search(&query).is_ok() {
            log::error(format!("got out: source {name}"));
        }
    }
    Reply::structured(&json!({ "got": got }))
}
