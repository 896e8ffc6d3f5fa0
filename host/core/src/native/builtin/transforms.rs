//! `compress`, `chunk` and `view`: transforms as tools of their own, on a text
//! or on a gathered document. They are there if the config wants them.

use async_trait::async_trait;
use ctx_model::{
    Block, BlockContent, Budget, CallRequest, ChunkRequest, CompressRequest, Content, Failure,
    FailureKind, Output, Passage, Reply, ToolInfo, ViewRequest,
};
use serde_json::{Map, Value, json};

use super::super::{NativeTool, Surroundings};
use super::{answered, arguments, broken, budget, budget_schema, failure, offered, refused};
use crate::shape::COMPRESSOR;

/// The read-mode, if nobody names one: it is what a reader wants first.
const READ_MODE: &str = "outline";

/// Bytes of a chunk, if nobody says: as many as a sync makes.
const CHUNK: Budget = Budget::Bytes(2800);

pub(super) struct Compress;
pub(super) struct Chunk;
pub(super) struct View;

/// What a transform is to work on.
struct Subject {
    text: String,
    media_type: String,
    file_name: Option<String>,
}

#[async_trait]
impl NativeTool for Compress {
    fn info(&self) -> ToolInfo {
        let schema = schema(json!({
            "compressor": {"type": "string", "default": COMPRESSOR, "description": "Which one"},
            "budget": budget_schema("What it may take"),
            "query": {"type": "string", "description": "What you want to know"},
        }));
        offered("compress", "Compress", "Make a text shorter, or fit it into a budget", &schema)
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments = arguments(&request.arguments)?;
        let Subject { text, media_type, .. } = subject(&arguments, &around)?;
        let request = CompressRequest {
            name: named(&arguments, "compressor", COMPRESSOR),
            passages: vec![Passage { text, pinned: false }],
            budget: budget(&arguments)?,
            query: arguments["query"].as_str().map(str::to_owned),
            media_type: Some(media_type),
        };
        let kept = around.transforms.compress(request).await.map_err(refused)?;
        Ok(said(kept.into_iter().next().map(|one| one.text).unwrap_or_default()))
    }
}

#[async_trait]
impl NativeTool for Chunk {
    fn info(&self) -> ToolInfo {
        let mut schema = schema(json!({
            "chunker": {"type": "string", "description": "Which one, such as `paragraph`"},
            "budget": budget_schema("What one chunk may take"),
            "overlap": {"type": "integer", "minimum": 0, "description": "What two neighbours may share"},
        }));
        schema["required"] = json!(["chunker"]);
        offered("chunk", "Chunk", "Cut a text into pieces that stand by themselves", &schema)
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments = arguments(&request.arguments)?;
        let Subject { text, media_type, file_name } = subject(&arguments, &around)?;
        let overlap = arguments["overlap"].as_u64().unwrap_or_default();
        let request = ChunkRequest {
            name: named(&arguments, "chunker", ""),
            text: text.clone(),
            media_type,
            file_name,
            budget: budget(&arguments)?.unwrap_or(CHUNK),
            overlap: u32::try_from(overlap).unwrap_or(u32::MAX),
        };
        let chunks = around.transforms.chunk(request).await.map_err(refused)?;
        let chunks = chunks.iter().map(|chunk| {
            let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
            let text = text.get(start..end).unwrap_or_default();
            json!({"start": start, "end": end, "breadcrumbs": chunk.breadcrumbs, "text": text})
        });
        Ok(answered(&json!({"chunks": chunks.collect::<Vec<_>>()})))
    }
}

#[async_trait]
impl NativeTool for View {
    fn info(&self) -> ToolInfo {
        let schema = schema(json!({
            "read_mode": {"type": "string", "default": READ_MODE, "description": "Which one"},
            "against": {"type": "string", "description": "What you have already, for `diff`"},
            "budget": budget_schema("What the view may take"),
        }));
        offered("view", "View", "Look at a text: its outline, its signatures, what is new", &schema)
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments = arguments(&request.arguments)?;
        let Subject { text, media_type, file_name } = subject(&arguments, &around)?;
        let request = ViewRequest {
            name: named(&arguments, "read_mode", READ_MODE),
            text,
            media_type,
            file_name,
            against: arguments["against"].as_str().map(str::to_owned),
            budget: budget(&arguments)?,
        };
        let view = around.transforms.view(request).await.map_err(refused)?;
        Ok(said(view.text))
    }
}

/// Returns the schema of a transform's arguments.
fn schema(own: Value) -> Value {
    let mut properties = json!({
        "text": {"type": "string", "description": "The text; or name a document"},
        "id": {"type": "string", "description": "A gathered document's id, in place of a text"},
        "media_type": {"type": "string", "description": "What the text is, such as `text/markdown`"},
        "file_name": {"type": "string", "description": "Its name, which tells the same"},
    });
    let own = if let Value::Object(own) = own { own } else { Map::new() };
    if let Value::Object(all) = &mut properties {
        all.extend(own);
    }
    json!({"type": "object", "properties": properties})
}

/// Finds what to work on: a text, or else a document.
fn subject(arguments: &Value, around: &Surroundings) -> Result<Subject, Failure> {
    let given = |key: &str| arguments[key].as_str().map(str::to_owned);
    let (media_type, file_name) = (given("media_type"), given("file_name"));
    if let Some(text) = given("text") {
        let media_type = media_type.unwrap_or_else(|| "text/plain".to_owned());
        return Ok(Subject { text, media_type, file_name });
    }
    let Some(id) = given("id") else {
        return Err(failure(FailureKind::InvalidInput, "neither `text` nor `id` is given"));
    };
    let stored = around.context.get(&id).map_err(broken)?;
    let unknown = || failure(FailureKind::NotFound, format!("document not found: {id}"));
    let document = stored.ok_or_else(unknown)?.document;
    let own_name = document.id.rsplit('/').next().map(str::to_owned);
    let Content::Text(text) = document.content else { return Err(unknown()) };
    Ok(Subject {
        text,
        media_type: media_type.unwrap_or(document.media_type),
        file_name: file_name.or(own_name),
    })
}

fn named(arguments: &Value, key: &str, usual: &str) -> String {
    arguments[key].as_str().unwrap_or(usual).to_owned()
}

/// Answers with a text.
fn said(text: String) -> Reply {
    let blocks = vec![Block { content: BlockContent::Text(text), annotations: None }];
    Reply::Done(Output { blocks, ..Output::default() })
}
