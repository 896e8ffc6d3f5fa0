//! A good citizen: answers with its arguments.

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct Echo;

impl Tool for Echo {
    const NAME: &'static str = "echo";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Answers with its arguments")
    }

    fn call(arguments: Value) -> Result<Reply> {
        Reply::structured(&arguments)
    }
}
