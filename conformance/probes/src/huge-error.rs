//! Fails with three megabytes of words.

use ctx_sdk::{Error, Reply, Result};
use serde_json::Value;

crate::probe!(HugeError, "huge_error", "Fails with 3 MiB of words");

fn run(_: Value) -> Result<Reply> {
    Err(Error::not_found("x".repeat(3 << 20)))
}
