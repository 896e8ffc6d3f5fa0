//! JSON as it leaves the process: `snake_case`, absent rather than null.

mod capabilities;

pub use capabilities::capabilities;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_core::SyncReport;
use ctx_model::{
    Ask, Block, BlockContent, EmbeddedContent, Hits, Mode, Prompt, PromptReply, Questions, Reply,
    SourceStatus, Stored, Timestamp, Usage,
};
use ctx_store::{JournalEntry, StoreStats};
use serde_json::{Map, Value, json};

/// Writes a time as RFC 3339.
pub fn time(seconds: Timestamp) -> Value {
    jiff::Timestamp::from_second(seconds)
        .map_or(Value::Null, |time| Value::String(time.to_string()))
}

/// Builds an object without the fields that are null.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let present = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// Reads JSON that a guest gave; what is none is passed on as text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Writes a bill.
pub fn usage(usage: &Usage) -> Value {
    json!({
        "fuel": usage.fuel,
        "peak_memory_bytes": usage.peak_memory,
        "wall_us": u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX),
        "host_calls": usage.host_calls,
    })
}

/// Writes what a call of a tool came to.
pub fn reply(reply: &Reply) -> Value {
    match reply {
        Reply::Done(output) => object([
            ("content", output.blocks.iter().map(block).collect()),
            ("structured", output.structured.as_deref().map_or(Value::Null, json)),
            ("meta", output.meta.as_deref().map_or(Value::Null, json)),
        ]),
        Reply::Ask(asked) => json!({ "asks": questions(asked) }),
    }
}

fn block(block: &Block) -> Value {
    let mut value = match &block.content {
        BlockContent::Text(text) => json!({"type": "text", "text": text}),
        BlockContent::Image { media_type, data } => {
            json!({"type": "image", "mime_type": media_type, "data": STANDARD.encode(data)})
        }
        BlockContent::Audio { media_type, data } => {
            json!({"type": "audio", "mime_type": media_type, "data": STANDARD.encode(data)})
        }
        BlockContent::Link(link) => object([
            ("type", "resource_link".into()),
            ("uri", link.uri.clone().into()),
            ("name", link.name.clone().into()),
            ("title", link.title.clone().into()),
            ("description", link.description.clone().into()),
            ("mime_type", link.media_type.clone().into()),
            ("size", link.size.into()),
        ]),
        BlockContent::Embedded { uri, media_type, content } => {
            let (text, blob) = match content {
                EmbeddedContent::Text(text) => (Value::from(text.clone()), Value::Null),
                EmbeddedContent::Bytes(bytes) => (Value::Null, STANDARD.encode(bytes).into()),
            };
            let resource = object([
                ("uri", uri.clone().into()),
                ("mime_type", media_type.clone().into()),
                ("text", text),
                ("blob", blob),
            ]);
            json!({"type": "resource", "resource": resource})
        }
    };
    if let (Some(annotations), Value::Object(fields)) = (&block.annotations, &mut value) {
        fields.insert("annotations".to_owned(), json(annotations));
    }
    value
}

fn questions(asked: &Questions) -> Value {
    let questions = asked.questions.iter().map(|question| {
        let ask = match &question.ask {
            Ask::Form { message, schema } => {
                json!({"type": "form", "message": message, "schema": json(schema)})
            }
            Ask::Visit { message, url } => json!({"type": "visit", "message": message, "url": url}),
            Ask::Completion(parameters) => {
                json!({"type": "completion", "parameters": json(parameters)})
            }
            Ask::Roots => json!({"type": "roots"}),
        };
        json!({"key": question.key, "ask": ask})
    });
    object([
        ("questions", questions.collect()),
        ("state", json(&asked.state)),
        ("expires", asked.expires.map_or(Value::Null, time)),
    ])
}

/// Writes what preparing a prompt came to.
pub fn prompt_reply(reply: &PromptReply) -> Value {
    match reply {
        PromptReply::Done(done) => prompt(done),
        PromptReply::Ask(asked) => json!({ "asks": questions(asked) }),
    }
}

fn prompt(prompt: &Prompt) -> Value {
    let messages = prompt.messages.iter().map(|message| {
        json!({
            "role": message.role.as_str(),
            "content": message.blocks.iter().map(block).collect::<Vec<_>>(),
        })
    });
    json!({
        "system": prompt.system,
        "messages": messages.collect::<Vec<_>>(),
        "tools": prompt.tools.as_deref().unwrap_or_default(),
    })
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Keyword => "keyword",
        Mode::Semantic => "semantic",
        Mode::Hybrid => "hybrid",
    }
}

/// Writes the answer to a query.
pub fn hits(hits: &Hits) -> Value {
    let list = hits.hits.iter().map(|hit| {
        object([
            ("id", hit.id.to_string().into()),
            ("source", hit.source.clone().into()),
            ("source_id", hit.document_id.clone().into()),
            ("title", hit.title.clone().into()),
            ("uri", hit.uri.clone().into()),
            ("media_type", hit.media_type.clone().into()),
            ("modified", hit.modified.map_or(Value::Null, time)),
            ("span", json!([hit.span.start, hit.span.end])),
            ("snippet", hit.snippet.clone().into()),
            ("score", f64::from(hit.score).into()),
        ])
    });
    object([
        ("mode", mode(hits.mode).into()),
        ("hits", list.collect()),
        ("cursor", hits.cursor.clone().into()),
    ])
}

/// Writes a document.
pub fn document(stored: &Stored) -> Value {
    let document = &stored.document;
    let body = match &document.content {
        ctx_model::Content::Text(text) => text.as_str(),
        ctx_model::Content::Bytes(_) | ctx_model::Content::Deferred => "",
    };
    let chunks = stored.chunks.iter().enumerate().map(|(at, chunk)| {
        json!({
            "index": at,
            "span": [chunk.span.start, chunk.span.end],
            "breadcrumbs": chunk.breadcrumbs,
        })
    });
    object([
        ("id", stored.id.to_string().into()),
        ("source", stored.source.clone().into()),
        ("source_id", document.id.clone().into()),
        ("version", document.version.clone().into()),
        ("title", document.title.clone().into()),
        ("author", document.author.clone().into()),
        ("uri", document.uri.clone().into()),
        ("media_type", document.media_type.clone().into()),
        ("language", document.language.clone().into()),
        ("created", document.created.map_or(Value::Null, time)),
        ("modified", document.modified.map_or(Value::Null, time)),
        ("metadata", json(&document.metadata)),
        ("body", body.into()),
        ("chunks", chunks.collect()),
    ])
}

/// Writes what a source holds.
pub fn source(status: &SourceStatus) -> Value {
    object([
        ("name", status.name.clone().into()),
        ("extension", status.extension.clone().into()),
        ("ready", status.ready.into()),
        ("note", status.note.clone().into()),
        ("documents", status.documents.into()),
        ("synced", status.synced.map_or(Value::Null, time)),
    ])
}

/// Writes what is stored.
pub fn stats(stats: &StoreStats) -> Value {
    let sources = stats.sources.iter().map(|row| {
        object([
            ("name", row.name.clone().into()),
            ("documents", row.documents.into()),
            ("chunks", row.chunks.into()),
            ("synced", row.synced.map_or(Value::Null, time)),
            ("failure", row.failure.clone().into()),
        ])
    });
    json!({
        "documents": stats.documents,
        "chunks": stats.chunks,
        "database_bytes": stats.database,
        "index_bytes": stats.index,
        "sources": sources.collect::<Vec<_>>(),
    })
}

/// Writes what a sync did.
pub fn sync(source: &str, report: &SyncReport, spent: &Usage) -> Value {
    let skips = report.skips.iter().map(|skip| {
        object([("id", skip.id.clone().into()), ("reason", skip.reason.clone().into())])
    });
    json!({
        "source": source,
        "documents": report.documents,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": report.skipped,
        "skips": skips.collect::<Vec<_>>(),
        "stopped": report.stopped,
        "usage": usage(spent),
    })
}

/// Writes a line of the journal.
pub fn journal(entry: &JournalEntry) -> Value {
    object([
        ("time", time(entry.time / 1000)),
        ("extension", entry.extension.clone().into()),
        ("role", entry.role.clone().into()),
        ("name", entry.name.clone().into()),
        ("outcome", entry.outcome.clone().into()),
        ("message", entry.message.clone().into()),
        ("fuel", entry.fuel.into()),
        ("peak_memory_bytes", entry.peak_memory.into()),
        ("wall_us", entry.wall_us.into()),
        ("host_calls", entry.host_calls.into()),
        ("caller", entry.caller.clone().into()),
    ])
}
