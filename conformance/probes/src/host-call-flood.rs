//! Calls a lent function more often than a call may.

use std::hint::black_box;

use ctx_sdk::{Reply, Result, Tool, ToolInfo, caller};
use serde_json::Value;

pub(crate) struct HostCallFlood;

impl Tool for HostCallFlood {
    const NAME: &'static str = "host_call_flood";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Calls the host a million times")
    }

    fn call(_: Value) -> Result<Reply> {
        for _ in 0..1_000_000 {
            black_box(caller::cancelled());
        }
        Ok(Reply::text("ok"))
    }
}
