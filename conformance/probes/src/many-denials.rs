//! Is denied ten thousand different things, each with a long name.

use ctx_sdk::{Reply, Result, env};
use serde_json::Value;

crate::probe!(ManyDenials, "many_denials", "Is denied 9,000 things");

fn run(_: Value) -> Result<Reply> {
    let long = "x".repeat(10_000);
    let got = (0..9_000).filter(|at| env::get(&format!("{at}{long}")).is_ok()).count();
    Ok(Reply::text(got.to_string()))
}
