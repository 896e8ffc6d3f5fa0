//! Answers with JSON that nests deeper than a parser's stack.

use ctx_sdk::tool::Output;
use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

const DEPTH: usize = 100_000;

pub(crate) struct DeepJson;

impl Tool for DeepJson {
    const NAME: &'static str = "deep_json";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Answers with 100,000 nested lists")
    }

    fn call(_: Value) -> Result<Reply> {
        let structured = format!("{{\"list\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
        Ok(Reply::Done(Output { blocks: Vec::new(), structured: Some(structured), meta: None }))
    }
}
