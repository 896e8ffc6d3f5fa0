//! Writes one log line of many megabytes.

use ctx_sdk::{Reply, Result, log};
use serde_json::Value;

crate::probe!(HugeLine, "huge_line", "Writes a line of 3 MiB");

fn run(_: Value) -> Result<Reply> {
    log::info("x".repeat(3 << 20));
    Ok(Reply::text("ok"))
}
