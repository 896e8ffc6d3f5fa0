//! A tool: which books are about something.

use ctx_host::anyhow::Result;
use ctx_host::serde_json::{Value, json};
use ctx_host::{Hints, SearchOptions, Tool, ToolContext, async_trait};

pub(crate) struct Books;

#[async_trait]
impl Tool for Books {
    fn name(&self) -> &'static str {
        "books"
    }

    fn description(&self) -> &'static str {
        "Finds books on the shelf"
    }

    fn hints(&self) -> Hints {
        Hints { read_only: true, destructive: false, idempotent: true, open_world: false }
    }

    fn parameters_schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "about": {"type": "string", "description": "What the book is about"},
                "most": {"type": "integer", "minimum": 1, "default": 3},
            },
            "required": ["about"],
        })
    }

    async fn execute(&self, params: Value, ctx: &ToolContext) -> Result<Value> {
        let options = SearchOptions {
            limit: params["most"].as_i64(),
            source: Some("custom:shelf".to_owned()),
            ..SearchOptions::default()
        };
        let found = ctx.search(params["about"].as_str().unwrap_or_default(), options).await?;
        let titles: Vec<_> = found.iter().filter_map(|book| book.title.as_deref()).collect();
        Ok(json!({"books": titles}))
    }
}
