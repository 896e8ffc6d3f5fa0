//! `sources`: where the documents come from.

use async_trait::async_trait;
use ctx_model::{CallRequest, Failure, Reply, SourceStatus, ToolInfo};
use serde_json::{Value, json};

use super::super::{NativeTool, Surroundings};
use super::{answered, broken, offered, time};

pub(super) struct Sources;

#[async_trait]
impl NativeTool for Sources {
    fn info(&self) -> ToolInfo {
        let schema = json!({"type": "object", "properties": {}});
        offered("sources", "Sources", "List where documents are gathered from", &schema)
    }

    async fn call(&self, _: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let all = around.context.sources().map_err(broken)?;
        let sources: Vec<Value> = all.iter().map(source).collect();
        Ok(answered(&json!({"sources": sources})))
    }
}

/// The fields of Context Harness's answer, and those that its documentation
/// promises.
fn source(status: &SourceStatus) -> Value {
    json!({
        "name": status.name,
        "configured": status.configured,
        "healthy": status.ready,
        "notes": status.note,
        "source": status.name,
        "document_count": status.documents,
        "chunk_count": status.chunks,
        "last_sync": time(status.synced),
    })
}
