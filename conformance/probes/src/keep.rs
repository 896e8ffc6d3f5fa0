//! A good citizen that keeps a value of its own, for others to go for.

use ctx_sdk::{Reply, Result, kv};
use serde_json::Value;

crate::probe!(Keep, "keep", "Keeps a value of its own");

fn run(_: Value) -> Result<Reply> {
    kv::open("vault")?.set("key", b"crown-jewels")?;
    Ok(Reply::text("ok"))
}
