//! The tools that every `ctx` has: `search`, `get` and `sources`, with the
//! names and answers that clients of Context Harness know.

mod get;
mod search;
mod sources;

use std::sync::Arc;

use ctx_model::{
    ContextError, ExtensionName, Failure, FailureKind, Hints, Output, Reply, TaskSupport, ToolInfo,
};
use serde_json::Value;

use super::{NativeExtension, run};

/// Returns the extension that comes with every `ctx`.
#[expect(clippy::missing_panics_doc, reason = "the name is fixed, and plain")]
pub fn builtin() -> NativeExtension {
    let name = ExtensionName::new("builtin").expect("a name of plain letters");
    NativeExtension {
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        description: Some("Search and read the gathered documents".to_owned()),
        tools: vec![Arc::new(search::Search), Arc::new(get::Get), Arc::new(sources::Sources)],
        is_builtin: true,
        ..NativeExtension::new(name)
    }
}

/// Offers a tool that changes nothing.
fn offered(name: &str, title: &str, description: &str, schema: &Value) -> ToolInfo {
    ToolInfo {
        name: name.to_owned(),
        title: Some(title.to_owned()),
        description: description.to_owned(),
        input_schema: schema.to_string(),
        output_schema: None,
        hints: Hints { read_only: true, destructive: false, idempotent: true, open_world: false },
        task: TaskSupport::Forbidden,
        meta: None,
    }
}

fn answered(value: &Value) -> Reply {
    Reply::Done(Output { structured: Some(value.to_string()), ..Output::default() })
}

fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind, message: message.into(), retry_after: None, details: None }
}

fn broken(error: ContextError) -> Failure {
    match error {
        ContextError::InvalidQuery(why) => failure(FailureKind::InvalidInput, why),
        ContextError::Other(why) => failure(FailureKind::Internal, why),
    }
}

/// Reads arguments, which the schema has seen.
fn arguments(json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|error| run::internal(error.to_string()))
}

/// Writes a point in time as RFC 3339 does.
fn time(seconds: Option<i64>) -> Value {
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or(Value::Null, |time| time.to_string().into())
}
