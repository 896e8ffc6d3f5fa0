//! Writes to standard error for ever. It has no twin: scripts have none.

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(StderrFlood, "stderr_flood", "Writes to standard error for ever");

#[expect(clippy::print_stderr, reason = "this is the probe")]
fn run(_: Value) -> Result<Reply> {
    let line = "x".repeat(60_000);
    loop {
        eprintln!("{line}");
    }
}
