//! Tools: the trait and the registry.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use ctx_core::{NativeTool, Surroundings};
use ctx_model::{
    Block, CallRequest, Failure, FailureKind, Hints, Output, Reply, TaskSupport, ToolInfo,
};
use serde_json::Value;

use crate::context::ToolContext;

/// Something that a model may call.
#[async_trait]
pub trait Tool: Send + Sync {
    /// What it is called by: letters, digits, `_` and `-`.
    fn name(&self) -> &str;
    /// What it does, as a model reads it.
    fn description(&self) -> &str;
    /// Whether it is one of those that every server has. None of yours is.
    fn is_builtin(&self) -> bool {
        false
    }
    /// What a caller may assume. By default nothing good: a tool that only
    /// reads should say so.
    fn hints(&self) -> Hints {
        Hints { read_only: false, destructive: true, idempotent: false, open_world: true }
    }
    /// JSON Schema of its arguments. They are held against it, and defaults
    /// are filled in, before it is called.
    fn parameters_schema(&self) -> Value;
    /// Answers a call. An error is told to the caller with all its causes; a
    /// [`Failure`] among them says what kind of error it is.
    async fn execute(&self, params: Value, ctx: &ToolContext) -> Result<Value>;
}

/// Tools that the program adds to those that are installed.
#[derive(Clone, Default)]
pub struct ToolRegistry(Vec<Arc<dyn Tool>>);

impl ToolRegistry {
    /// Makes an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty registry too: every server has `search`, `get` and
    /// `sources`, which no registry has to bring.
    pub fn with_builtins() -> Self {
        Self::default()
    }

    /// Adds a tool.
    pub fn register(&mut self, tool: Box<dyn Tool>) {
        self.0.push(tool.into());
    }

    /// Returns the tools, in the order in which they came.
    pub fn tools(&self) -> &[Arc<dyn Tool>] {
        &self.0
    }

    /// Finds a tool.
    pub fn find(&self, name: &str) -> Option<&dyn Tool> {
        self.0.iter().map(|tool| &**tool).find(|tool| tool.name() == name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A tool, as the host runs it.
pub(crate) struct Adapted(pub(crate) Arc<dyn Tool>);

#[async_trait]
impl NativeTool for Adapted {
    fn info(&self) -> ToolInfo {
        ToolInfo {
            name: self.0.name().to_owned(),
            title: None,
            description: self.0.description().to_owned(),
            input_schema: self.0.parameters_schema().to_string(),
            output_schema: None,
            hints: self.0.hints(),
            task: TaskSupport::Forbidden,
            meta: None,
        }
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let params = arguments(&request.arguments)?;
        let context = ToolContext::of(around.context);
        let answer = self.0.execute(params, &context).await.map_err(failure)?;
        Ok(Reply::Done(match answer {
            Value::Null => Output::default(),
            Value::String(text) => Output { blocks: vec![Block::text(text)], ..Output::default() },
            value => Output { structured: Some(value.to_string()), ..Output::default() },
        }))
    }
}

/// Reads arguments, which the host has checked.
pub(crate) fn arguments(json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|error| failure(error.into()))
}

/// Returns the failure that an author meant, or one with his words.
pub(crate) fn failure(error: anyhow::Error) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => Failure {
            kind: FailureKind::Internal,
            message: format!("{error:#}"),
            retry_after: None,
            details: None,
        },
    }
}
