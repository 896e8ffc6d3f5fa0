//! Agents: the trait, what one prepares, and the registry.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use ctx_core::{NativeAgent, Surroundings};
use ctx_model::{AgentInfo, Block, Failure, Message, Prompt, PromptReply, PromptRequest, Speaker};
use serde_json::Value;

use crate::context::ToolContext;
use crate::tool::{arguments, failure};

/// A persona: a prompt, and the tools that it works with.
#[async_trait]
pub trait Agent: Send + Sync {
    /// What it is called by: letters, digits, `_` and `-`.
    fn name(&self) -> &str;
    /// What it is for, in a sentence.
    fn description(&self) -> &str;
    /// The tools in its scope. A prompt may narrow them, and not widen them.
    fn tools(&self) -> Vec<String>;
    /// What it is made of, in a word.
    #[expect(clippy::unnecessary_literal_bound, reason = "others may make theirs")]
    fn source(&self) -> &str {
        "rust"
    }
    /// What a caller may fill in.
    fn arguments(&self) -> Vec<AgentArgument> {
        vec![]
    }
    /// Prepares its prompt.
    async fn resolve(&self, args: Value, ctx: &ToolContext) -> Result<AgentPrompt>;
}

/// Something that a caller may fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentArgument {
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Whether there is no prompt without it.
    pub required: bool,
}

/// A prompt, ready to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentPrompt {
    /// What the model is told before all else.
    pub system: String,
    /// The tools that it is narrowed to; empty means all of the agent's.
    pub tools: Vec<String>,
    /// The conversation so far.
    pub messages: Vec<PromptMessage>,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    /// `user`, `assistant` or `system`.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// An agent whose prompt is always the same.
#[derive(Debug, Clone)]
pub struct TomlAgent {
    name: String,
    description: String,
    tools: Vec<String>,
    system_prompt: String,
}

impl TomlAgent {
    /// Makes an agent of a text.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        tools: Vec<String>,
        system_prompt: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            tools,
            system_prompt: system_prompt.into(),
        }
    }
}

#[async_trait]
impl Agent for TomlAgent {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn tools(&self) -> Vec<String> {
        self.tools.clone()
    }

    fn source(&self) -> &'static str {
        "toml"
    }

    async fn resolve(&self, _: Value, _: &ToolContext) -> Result<AgentPrompt> {
        Ok(AgentPrompt { system: self.system_prompt.clone(), ..AgentPrompt::default() })
    }
}

/// Agents that the program adds to those that are installed.
#[derive(Clone, Default)]
pub struct AgentRegistry(Vec<Arc<dyn Agent>>);

impl AgentRegistry {
    /// Makes an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an agent.
    pub fn register(&mut self, agent: Box<dyn Agent>) {
        self.0.push(agent.into());
    }

    /// Returns the agents, in the order in which they came.
    pub fn agents(&self) -> &[Arc<dyn Agent>] {
        &self.0
    }

    /// Finds an agent.
    pub fn find(&self, name: &str) -> Option<&dyn Agent> {
        self.0.iter().map(|agent| &**agent).find(|agent| agent.name() == name)
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

/// An agent, as the host runs it.
pub(crate) struct Adapted(pub(crate) Arc<dyn Agent>);

#[async_trait]
impl NativeAgent for Adapted {
    fn info(&self) -> AgentInfo {
        let arguments = self.0.arguments().into_iter().map(|argument| ctx_model::AgentArgument {
            name: argument.name,
            title: None,
            description: argument.description,
            required: argument.required,
        });
        AgentInfo {
            name: self.0.name().to_owned(),
            title: None,
            description: self.0.description().to_owned(),
            arguments: arguments.collect(),
            tools: self.0.tools(),
            meta: None,
        }
    }

    async fn prompt(
        &self,
        request: PromptRequest,
        around: Surroundings,
    ) -> Result<PromptReply, Failure> {
        let context = ToolContext::of(around.context);
        let args = arguments(&request.arguments)?;
        let prompt = self.0.resolve(args, &context).await.map_err(failure)?;
        let messages = prompt.messages.into_iter().map(|message| Message {
            role: match message.role.as_str() {
                "assistant" => Speaker::Assistant,
                "system" => Speaker::System,
                _ => Speaker::User,
            },
            blocks: vec![Block::text(message.content)],
        });
        Ok(PromptReply::Done(Prompt {
            system: prompt.system,
            messages: messages.collect(),
            tools: Some(prompt.tools).filter(|tools| !tools.is_empty()),
        }))
    }
}
