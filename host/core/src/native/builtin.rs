//! The tools that every `ctx` has: `search`, `get` and `sources`, with the
//! names and answers that clients of Context Harness know.

mod get;
mod search;
mod sources;
mod transforms;

use std::sync::Arc;

use ctx_model::{
    Budget, CallError, ContextError, ExtensionName, Failure, FailureKind, Hints, Output, Reply,
    TaskSupport, ToolInfo,
};
use serde_json::{Value, json};

use super::{NativeExtension, NativeTool, run};
use crate::shape::Shape;

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

/// Returns the tools that transforms are, for those who want them as tools.
pub(crate) fn transforms() -> Vec<Arc<dyn NativeTool>> {
    vec![Arc::new(transforms::Compress), Arc::new(transforms::Chunk), Arc::new(transforms::View)]
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

/// Says in the words of a tool why a transform gave nothing.
fn refused(error: CallError) -> Failure {
    match error {
        CallError::Failed { failure, .. } => failure,
        // Most of all a name that there is not.
        CallError::Refused(refusal) => failure(FailureKind::InvalidInput, refusal.to_string()),
        broke @ CallError::Broke { .. } => failure(FailureKind::Exhausted, broke.to_string()),
    }
}

/// The schema of a budget.
fn budget_schema(what: &str) -> Value {
    let description = format!("{what}: tokens, or bytes such as `8 KiB`");
    json!({"type": ["integer", "string"], "minimum": 0, "description": description})
}

/// Reads a budget.
fn budget(arguments: &Value) -> Result<Option<Budget>, Failure> {
    let wrong = |why: String| failure(FailureKind::InvalidInput, format!("`budget`: {why}"));
    match &arguments["budget"] {
        Value::Number(tokens) => {
            let tokens = tokens.as_u64().and_then(|tokens| u32::try_from(tokens).ok());
            let tokens = tokens.ok_or_else(|| wrong("it is no number of tokens".to_owned()))?;
            Ok(Some(Budget::Tokens(tokens)))
        }
        Value::String(text) => text.parse().map(Some).map_err(|error| wrong(format!("{error}"))),
        _ => Ok(None),
    }
}

/// Reads how an answer is wanted.
fn shape(arguments: &Value) -> Result<Shape, Failure> {
    let text = |key: &str| arguments[key].as_str().map(str::to_owned);
    let budget = budget(arguments)?;
    Ok(Shape { view: text("view"), compress: text("compress"), budget, ..Shape::default() })
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
