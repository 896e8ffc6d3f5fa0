//! Agents: the trait that an author implements, and how a request finds its
//! agent. An agent prepares a persona; the client runs the conversation.

use serde::de::DeserializeOwned;

use crate::bindings::agent::exports::ctx::extension::agents;
use crate::bindings::lent::ctx::extension::asking;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;
use crate::{Error, Message, Questions, Result, Resumed};

pub use agents::{AgentInfo, Argument, Prompt, PromptReply, PromptRequest};

/// Turns a request into a persona: a system prompt, opening messages and the
/// tools it may use.
pub trait Agent {
    /// `[A-Za-z0-9_-]{1,64}`; unique within the extension.
    const NAME: &'static str;

    /// What the arguments are read as. Clients send text only, so its fields
    /// are best strings.
    type Arguments: DeserializeOwned;

    /// Describes the agent, with nothing granted.
    fn describe() -> AgentInfo;

    /// Prepares the prompt. It may search the [`context`](crate::context), so
    /// that the model starts with what it needs.
    fn prepare(arguments: Self::Arguments) -> Result<PromptReply>;

    /// Goes on where an earlier call of this agent returned
    /// [`PromptReply::ask`].
    fn resume(arguments: Self::Arguments, resumed: Resumed) -> Result<PromptReply> {
        let (_, _) = (arguments, resumed);
        Err(Error::invalid_input(format!("`{}` asked nothing", Self::NAME)))
    }
}

impl AgentInfo {
    /// Describes an agent in one sentence that helps a caller choose. The host
    /// is told [`Agent::NAME`] as its name.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            title: None,
            description: description.into(),
            arguments: Vec::new(),
            tools: Vec::new(),
            meta: None,
        }
    }

    /// Adds an argument that must be given.
    #[must_use]
    pub fn required(self, name: &str, description: &str) -> Self {
        self.argument(name, description, true)
    }

    /// Adds an argument that may be given.
    #[must_use]
    pub fn optional(self, name: &str, description: &str) -> Self {
        self.argument(name, description, false)
    }

    /// Names the tools in the agent's scope.
    #[must_use]
    pub fn tools<T: Into<String>>(mut self, tools: impl IntoIterator<Item = T>) -> Self {
        self.tools = tools.into_iter().map(Into::into).collect();
        self
    }

    fn argument(mut self, name: &str, description: &str, required: bool) -> Self {
        self.arguments.push(Argument {
            name: name.to_owned(),
            title: None,
            description: description.to_owned(),
            required,
        });
        self
    }
}

impl Prompt {
    /// Starts with the system prompt.
    pub fn new(system: impl Into<String>) -> Self {
        Self { system: system.into(), messages: Vec::new(), tools: None }
    }

    /// Adds an opening turn.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Narrows the agent's tools for this prompt.
    #[must_use]
    pub fn tools<T: Into<String>>(mut self, tools: impl IntoIterator<Item = T>) -> Self {
        self.tools = Some(tools.into_iter().map(Into::into).collect());
        self
    }
}

impl PromptReply {
    /// Asks the caller first. The answers come to [`Agent::resume`].
    pub fn ask(questions: Questions) -> Self {
        Self::Ask(questions)
    }
}

impl From<Prompt> for PromptReply {
    fn from(prompt: Prompt) -> Self {
        Self::Done(prompt)
    }
}

/// Describes one agent to the host. `export!` calls it.
#[doc(hidden)]
pub fn info<A: Agent>() -> AgentInfo {
    AgentInfo { name: A::NAME.to_owned(), ..A::describe() }
}

/// Answers one request for the host. `export!` calls it.
#[doc(hidden)]
pub fn answer<A: Agent>(
    arguments: &str,
    resumed: Option<asking::Resumed>,
) -> Result<PromptReply, types::Error> {
    let parsed = serde_json::from_str(arguments).map_err(|error| {
        Error::invalid_input(format!("the arguments of `{}` do not fit: {error}", A::NAME))
    });
    let reply = parsed.and_then(|arguments| match resumed {
        None => A::prepare(arguments),
        Some(resumed) => A::resume(arguments, resumed),
    });
    reply.map_err(lower)
}

/// Says that no agent has this name. `export!` calls it.
#[doc(hidden)]
pub fn unknown(name: &str) -> types::Error {
    lower(Error::not_found(format!("there is no agent `{name}`")))
}
