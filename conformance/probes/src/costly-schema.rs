//! Promises answers of a schema with thousands of parts, and answers with many
//! thousand values: the host would have to hold each against each.

use ctx_sdk::{Reply, Result, Schema, Tool, ToolInfo, files};
use serde_json::{Value, json};

pub(crate) struct CostlySchema;

impl Tool for CostlySchema {
    const NAME: &'static str = "costly_schema";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        let info = ToolInfo::new("Answers with what is costly to check");
        // Only where it is the one that is tried, and has a folder.
        if files::folders().is_empty() {
            return info;
        }
        let parts: Vec<Value> = (0..9_000).map(|at| json!({ "const": at })).collect();
        let schema = json!({
            "type": "object",
            "properties": { "list": { "type": "array", "items": { "anyOf": parts } } },
        });
        info.output(Schema::from(schema))
    }

    fn call(_: Value) -> Result<Reply> {
        Reply::structured(&json!({ "list": vec![8_999; 200_000] }))
    }
}
