//! Says at each call that its list of tools is out of date.

use ctx_sdk::{Reply, Result, changed};
use serde_json::Value;

crate::probe!(Changing, "changing", "Says that it has changed, for ever");

fn run(_: Value) -> Result<Reply> {
    for _ in 0..1_000 {
        changed::tools();
    }
    Ok(Reply::text("ok"))
}
