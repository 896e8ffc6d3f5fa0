//! Tools: what they offer, how they are called, what they answer or ask.

use crate::{Json, Timestamp};

/// What a caller may assume. Advice; grants are what is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent claims, named as in MCP")]
pub struct Hints {
    pub read_only: bool,
    pub destructive: bool,
    pub idempotent: bool,
    pub open_world: bool,
}

/// Whether a call may outlive the request that started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskSupport {
    #[default]
    Forbidden,
    Optional,
    Required,
}

/// A tool, as offered to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolInfo {
    pub name: String,
    pub title: Option<String>,
    pub description: String,
    pub input_schema: Json,
    pub output_schema: Option<Json>,
    pub hints: Hints,
    pub task: TaskSupport,
    pub meta: Option<Json>,
}

/// Something the caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceLink {
    pub uri: String,
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub media_type: Option<String>,
    pub size: Option<u64>,
}

/// What an embedded resource holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedContent {
    Text(String),
    Bytes(Vec<u8>),
}

/// What a block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockContent {
    Text(String),
    Image { media_type: String, data: Vec<u8> },
    Audio { media_type: String, data: Vec<u8> },
    Link(ResourceLink),
    Embedded { uri: String, media_type: Option<String>, content: EmbeddedContent },
}

/// A piece of an answer or of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub content: BlockContent,
    pub annotations: Option<Json>,
}

impl Block {
    /// Returns a block of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: BlockContent::Text(text.into()), annotations: None }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    pub blocks: Vec<Block>,
    pub structured: Option<Json>,
    pub meta: Option<Json>,
}

/// What to ask a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Form { message: String, schema: Json },
    Visit { message: String, url: String },
    Completion(Json),
    Roots,
}

/// A question to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub key: String,
    pub ask: Ask,
}

/// What an extension needs to know before it can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    pub questions: Vec<Question>,
    pub state: Json,
    pub expires: Option<Timestamp>,
}

/// What the caller did with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerOutcome {
    Accepted,
    Declined,
    Dismissed,
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub key: String,
    pub outcome: AnswerOutcome,
    pub value: Option<Json>,
}

/// What an earlier call left, and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    pub state: Json,
    pub answers: Vec<Answer>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequest {
    pub name: String,
    pub arguments: Json,
    pub resumed: Option<Resumed>,
}

/// What a call comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Done(Output),
    Ask(Questions),
}
