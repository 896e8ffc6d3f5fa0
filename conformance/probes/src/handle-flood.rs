//! Opens a million things of the host and closes none. It has no twin: the
//! guest of scripts closes what it opens.

use ctx_sdk::bindings::lent::wasi::http::types::Fields;
use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(HandleFlood, "handle_flood", "Opens a million handles");

fn run(_: Value) -> Result<Reply> {
    let mut open = Vec::new();
    for _ in 0..1_000_000 {
        open.push(Fields::new());
    }
    Ok(Reply::text(open.len().to_string()))
}
