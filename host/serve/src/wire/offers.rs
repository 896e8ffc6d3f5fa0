//! What can be called: tools and agents, as they are offered to models.

use ctx_core::Catalog;
use ctx_model::{AgentInfo, ToolInfo};
use serde::Serialize;
use utoipa::ToSchema;

use super::Json;

/// A tool, as it is offered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tool<'a> {
    /// What it is called by.
    pub name: &'a str,
    /// Whose it is; absent where it is listed within its extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extension: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<&'a str>,
    pub description: &'a str,
    /// JSON Schema of its arguments.
    #[schema(value_type = Object)]
    pub input_schema: Json<'a>,
    /// JSON Schema of its structured answers, if it gives any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub output_schema: Option<Json<'a>>,
    pub hints: Hints,
}

/// What a caller may assume of a tool. Advice; grants are what is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four independent claims, named as in MCP")]
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// What it changes may be lost.
    pub destructive: bool,
    /// Twice does what once does.
    pub idempotent: bool,
    /// It reaches beyond this machine.
    pub open_world: bool,
}

/// An agent, as it is offered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Agent<'a> {
    /// What it is called by.
    pub name: &'a str,
    /// Whose it is; absent where it is listed within its extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extension: Option<&'a str>,
    pub description: &'a str,
    pub arguments: Vec<AgentArgument<'a>>,
    /// The tools in its scope.
    pub tools: &'a [String],
}

/// Something that a caller of an agent may fill in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgentArgument<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub required: bool,
}

/// Lists all tools in order of their names.
pub fn tools(catalog: &Catalog) -> Vec<Tool<'_>> {
    let tools = catalog.tools().map(|(owner, tool)| Tool {
        extension: Some(owner.name.as_str()),
        ..Tool::new(&tool.wire_name, &tool.info)
    });
    tools.collect()
}

/// Lists all agents in order of their names.
pub fn agents(catalog: &Catalog) -> Vec<Agent<'_>> {
    let agents = catalog.agents().map(|(owner, agent)| Agent {
        extension: Some(owner.name.as_str()),
        ..Agent::new(&agent.wire_name, &agent.info)
    });
    agents.collect()
}

impl<'a> Tool<'a> {
    /// Describes a tool by the name that it goes by outside.
    pub fn new(name: &'a str, info: &'a ToolInfo) -> Self {
        Self {
            name,
            extension: None,
            title: info.title.as_deref(),
            description: &info.description,
            input_schema: Json::new(&info.input_schema),
            output_schema: Json::present(info.output_schema.as_deref()),
            hints: Hints {
                read_only: info.hints.read_only,
                destructive: info.hints.destructive,
                idempotent: info.hints.idempotent,
                open_world: info.hints.open_world,
            },
        }
    }
}

impl<'a> Agent<'a> {
    /// Describes an agent by the name that it goes by outside.
    pub fn new(name: &'a str, info: &'a AgentInfo) -> Self {
        let arguments = info.arguments.iter().map(|argument| AgentArgument {
            name: &argument.name,
            description: &argument.description,
            required: argument.required,
        });
        Self {
            name,
            extension: None,
            description: &info.description,
            arguments: arguments.collect(),
            tools: &info.tools,
        }
    }
}
