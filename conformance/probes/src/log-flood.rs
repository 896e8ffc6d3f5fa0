//! Writes more log lines than a call may.

use ctx_sdk::{Reply, Result, Tool, ToolInfo, log};
use serde_json::Value;

pub(crate) struct LogFlood;

impl Tool for LogFlood {
    const NAME: &'static str = "log_flood";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Writes a million log lines")
    }

    fn call(_: Value) -> Result<Reply> {
        for line in 0..1_000_000 {
            log::info(format!("line {line} of a flood that no one will read"));
        }
        Ok(Reply::text("ok"))
    }
}
