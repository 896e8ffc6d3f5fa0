//! Promises answers of a schema that doubles the work at each level, and
//! answers with what is wrong at the lowest: the host would never be done.

use ctx_sdk::tool::Output;
use ctx_sdk::{Reply, Result, Schema, Tool, ToolInfo};
use serde_json::{Value, json};

const DEPTH: usize = 50;

pub(crate) struct DoublingSchema;

impl Tool for DoublingSchema {
    const NAME: &'static str = "doubling_schema";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        let next = json!({ "type": "array", "items": { "$ref": "#/$defs/next" } });
        let schema = json!({
            "type": "object",
            "properties": { "list": { "$ref": "#/$defs/next" } },
            "$defs": { "next": { "anyOf": [next, next] } },
        });
        ToolInfo::new("Answers with what is never checked").output(Schema::from(schema))
    }

    fn call(_: Value) -> Result<Reply> {
        let (open, close) = ("[".repeat(DEPTH), "]".repeat(DEPTH));
        let structured = Some(format!("{{\"list\":{open}\"wrong\"{close}}}"));
        Ok(Reply::Done(Output { blocks: Vec::new(), structured, meta: None }))
    }
}
