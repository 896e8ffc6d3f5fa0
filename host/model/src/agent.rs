//! Agents: what they offer, and the prompts they prepare.

use crate::{Block, Json, Questions, Resumed};

/// Something a caller may fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentArgument {
    pub name: String,
    pub title: Option<String>,
    pub description: String,
    pub required: bool,
}

/// An agent, as offered to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentInfo {
    pub name: String,
    pub title: Option<String>,
    pub description: String,
    pub arguments: Vec<AgentArgument>,
    /// The tools in this agent's scope.
    pub tools: Vec<String>,
    pub meta: Option<Json>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    System,
    User,
    Assistant,
}

impl Speaker {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub role: Speaker,
    pub blocks: Vec<Block>,
}

/// A persona, ready to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub system: String,
    pub messages: Vec<Message>,
    /// Narrows the agent's tools; absent means all of them.
    pub tools: Option<Vec<String>>,
}

/// One request for a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptRequest {
    pub name: String,
    pub arguments: Json,
    pub resumed: Option<Resumed>,
}

/// What preparing a prompt comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptReply {
    Done(Prompt),
    Ask(Questions),
}
