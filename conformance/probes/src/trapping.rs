//! Panics, which is a trap: `panic = "abort"`. It has no twin, because an
//! error in Lua is a failure that the script's guest survives.

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct Trapping;

impl Tool for Trapping {
    const NAME: &'static str = "trapping";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Panics")
    }

    #[expect(clippy::panic, reason = "this is the probe")]
    fn call(_: Value) -> Result<Reply> {
        panic!("the probe panics")
    }
}
