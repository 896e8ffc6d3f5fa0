//! Answers with half a million empty lists, each of which costs the host more than
//! its two bytes.

use ctx_sdk::tool::Output;
use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(WideJson, "wide_json", "Answers with half a million empty lists");

fn run(_: Value) -> Result<Reply> {
    let structured = format!("{{\"list\":[{}[]]}}", "[],".repeat(500_000));
    Ok(Reply::Done(Output { blocks: Vec::new(), structured: Some(structured), meta: None }))
}
