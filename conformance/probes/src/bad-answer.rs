//! Answers with something else than it promised.

use ctx_sdk::{Reply, Result, Schema, Tool, ToolInfo};
use serde_json::{Value, json};

pub(crate) struct BadAnswer;

impl Tool for BadAnswer {
    const NAME: &'static str = "bad_answer";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Promises a number and answers with a word")
            .output(Schema::object().required("count", Schema::integer()))
    }

    fn call(_: Value) -> Result<Reply> {
        Reply::structured(&json!({ "count": "many" }))
    }
}
