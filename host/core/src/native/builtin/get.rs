//! `get`: one document, whole.

use async_trait::async_trait;
use ctx_model::{CallRequest, Content, Failure, FailureKind, Reply, Stored, ToolInfo};
use serde_json::{Value, json};

use super::super::{NativeTool, Surroundings};
use super::{answered, arguments, broken, budget_schema, failure, offered, refused, shape, time};

pub(super) struct Get;

#[async_trait]
impl NativeTool for Get {
    fn info(&self) -> ToolInfo {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "The document's id, as `search` gives it"},
                "view": {"type": "string", "description": "A read-mode, such as `outline`"},
                "compress": {"type": "string", "description": "A compressor, such as `markdown`"},
                "budget": budget_schema("What the body may take"),
            },
            "required": ["id"],
        });
        offered("get", "Get", "Read a gathered document", &schema)
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments = arguments(&request.arguments)?;
        let (id, wanted) = (arguments["id"].as_str().unwrap_or_default(), shape(&arguments)?);
        match around.context.get(id).map_err(broken)? {
            Some(stored) => {
                let stored = around.transforms.document(stored, wanted).await;
                Ok(answered(&document(&stored.map_err(refused)?)))
            }
            None => Err(failure(FailureKind::NotFound, format!("document not found: {id}"))),
        }
    }
}

fn document(stored: &Stored) -> Value {
    let document = &stored.document;
    let body = match &document.content {
        Content::Text(text) => text.as_str(),
        // What is stored is text.
        Content::Bytes(_) | Content::Deferred => "",
    };
    let chunks = stored.chunks.iter().enumerate().map(|(index, chunk)| {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        json!({"index": index, "text": body.get(start..end).unwrap_or_default()})
    });
    let metadata: Value = serde_json::from_str(&document.metadata).unwrap_or_else(|_| json!({}));
    json!({
        "id": stored.id.to_string(),
        "source": stored.source,
        "source_id": document.id,
        "source_url": document.uri,
        "title": document.title,
        "author": document.author,
        "created_at": time(document.created.or(document.modified)),
        "updated_at": time(document.modified),
        "content_type": document.media_type,
        "body": body,
        "metadata": metadata,
        "chunks": chunks.collect::<Vec<_>>(),
    })
}
