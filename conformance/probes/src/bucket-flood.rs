//! Opens the same bucket a million times and closes none.

use ctx_sdk::{Reply, Result, kv};
use serde_json::Value;

crate::probe!(BucketFlood, "bucket_flood", "Opens a million buckets");

fn run(_: Value) -> Result<Reply> {
    let mut open = Vec::new();
    for at in 0..1_000_000 {
        open.push(kv::open(&format!("bucket {at}"))?);
    }
    Ok(Reply::text(open.len().to_string()))
}
