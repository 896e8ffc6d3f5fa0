//! Names a variable of 30 MB, which the host would have to copy and quote.

use ctx_sdk::{Reply, Result, env};
use serde_json::Value;

crate::probe!(HugeWords, "huge_words", "Names a variable of 30 MB");

fn run(_: Value) -> Result<Reply> {
    let name = "x".repeat(30 << 20);
    Ok(Reply::text(if env::get(&name).is_ok() { "got" } else { "ok" }))
}
