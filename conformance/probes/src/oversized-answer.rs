//! Answers with more than an answer may hold.

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct OversizedAnswer;

impl Tool for OversizedAnswer {
    const NAME: &'static str = "oversized_answer";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Answers with 5 MiB")
    }

    fn call(_: Value) -> Result<Reply> {
        Ok(Reply::text("x".repeat(5 * 1024 * 1024)))
    }
}
