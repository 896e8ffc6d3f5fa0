//! What tools and agents answer, or ask before they can.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Block, Json, Time};

/// What a call of a tool came to: an answer, or questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Reply<'a> {
    Done(Output<'a>),
    Ask { asks: Questions<'a> },
}

/// An answer of a tool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Output<'a> {
    pub content: Vec<Block<'a>>,
    /// The answer as the tool's `output_schema` describes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub structured: Option<Json<'a>>,
    /// Notes for the caller's program, not for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub meta: Option<Json<'a>>,
}

/// What preparing a prompt came to: the prompt, or questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PromptReply<'a> {
    Done(Prompt<'a>),
    Ask { asks: Questions<'a> },
}

/// A persona, ready to use.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Prompt<'a> {
    /// What the model is told before all else.
    pub system: &'a str,
    pub messages: Vec<Message<'a>>,
    /// The tools that it is narrowed to; empty means all of the agent's.
    pub tools: &'a [String],
}

/// One turn of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message<'a> {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
    pub content: Vec<Block<'a>>,
}

/// What an extension needs to know before it can go on. It is called again
/// with the answers and the state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Questions<'a> {
    pub questions: Vec<Question<'a>>,
    /// To be given back as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub state: Option<Json<'a>>,
    /// When the state is worth nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires: Option<Time>,
}

/// One question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Question<'a> {
    /// What its answer goes by.
    pub key: &'a str,
    pub ask: Ask<'a>,
}

/// What is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ask<'a> {
    /// Fill in a form.
    Form {
        message: &'a str,
        /// JSON Schema of the answer.
        #[schema(value_type = Object)]
        schema: Json<'a>,
    },
    /// Go to a page and come back.
    Visit { message: &'a str, url: &'a str },
    /// Ask a model.
    Completion {
        /// As in MCP's `sampling/createMessage`.
        #[schema(value_type = Object)]
        parameters: Json<'a>,
    },
    /// Name the folders that the caller works in.
    Roots,
}

impl<'a> From<&'a ctx_model::Reply> for Reply<'a> {
    fn from(reply: &'a ctx_model::Reply) -> Self {
        match reply {
            ctx_model::Reply::Done(output) => Self::Done(output.into()),
            ctx_model::Reply::Ask(questions) => Self::Ask { asks: questions.into() },
        }
    }
}

impl<'a> From<&'a ctx_model::Output> for Output<'a> {
    fn from(output: &'a ctx_model::Output) -> Self {
        Self {
            content: output.blocks.iter().map(Block::from).collect(),
            structured: Json::present(output.structured.as_deref()),
            meta: Json::present(output.meta.as_deref()),
        }
    }
}

impl<'a> From<&'a ctx_model::PromptReply> for PromptReply<'a> {
    fn from(reply: &'a ctx_model::PromptReply) -> Self {
        match reply {
            ctx_model::PromptReply::Done(prompt) => Self::Done(prompt.into()),
            ctx_model::PromptReply::Ask(questions) => Self::Ask { asks: questions.into() },
        }
    }
}

impl<'a> From<&'a ctx_model::Prompt> for Prompt<'a> {
    fn from(prompt: &'a ctx_model::Prompt) -> Self {
        let messages = prompt.messages.iter().map(|message| Message {
            role: message.role.as_str(),
            content: message.blocks.iter().map(Block::from).collect(),
        });
        Self {
            system: &prompt.system,
            messages: messages.collect(),
            tools: prompt.tools.as_deref().unwrap_or_default(),
        }
    }
}

impl<'a> From<&'a ctx_model::Questions> for Questions<'a> {
    fn from(asked: &'a ctx_model::Questions) -> Self {
        let questions = asked
            .questions
            .iter()
            .map(|question| Question { key: &question.key, ask: (&question.ask).into() });
        Self {
            questions: questions.collect(),
            state: Json::present(Some(&asked.state)),
            expires: asked.expires.and_then(Time::new),
        }
    }
}

impl<'a> From<&'a ctx_model::Ask> for Ask<'a> {
    fn from(ask: &'a ctx_model::Ask) -> Self {
        match ask {
            ctx_model::Ask::Form { message, schema } => {
                Self::Form { message, schema: Json::new(schema) }
            }
            ctx_model::Ask::Visit { message, url } => Self::Visit { message, url },
            ctx_model::Ask::Completion(parameters) => {
                Self::Completion { parameters: Json::new(parameters) }
            }
            ctx_model::Ask::Roots => Self::Roots,
        }
    }
}
