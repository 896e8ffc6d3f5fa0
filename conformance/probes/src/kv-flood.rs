//! Keeps ever more values. It has no twin: to fill the store once takes seconds.

use ctx_sdk::{Reply, Result, kv};
use serde_json::Value;

crate::probe!(KvFlood, "kv_flood", "Keeps ever more values");

fn run(_: Value) -> Result<Reply> {
    let bucket = kv::open("flood")?;
    let value = vec![b'x'; 1 << 20];
    for at in 0..1_000 {
        bucket.set(&at.to_string(), &value)?;
    }
    Ok(Reply::text("ok"))
}
