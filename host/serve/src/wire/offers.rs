//! What can be called: tools and agents, as they are offered to models.

use std::sync::Arc;

use ctx_core::{Catalog, Host, Truth};
use ctx_model::{AgentInfo, Reach, ToolInfo};
use serde::Serialize;
use utoipa::ToSchema;

use super::Json;
use crate::mcp;

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
    /// Hints that the tool says otherwise, and its grants belie.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adjusted: Vec<Adjusted>,
    /// What it costs a model that is shown it; absent unless that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tokens: Option<u32>,
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

/// A hint that is passed on otherwise than its tool says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Adjusted {
    /// `read_only` or `open_world`.
    pub hint: &'static str,
    /// What the tool says.
    pub said: bool,
    pub why: String,
    /// What an operator types who agrees with the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub help: Option<String>,
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
pub fn tools<'a>(host: &Host, catalog: &'a Arc<Catalog>) -> Vec<Tool<'a>> {
    let truths = host.truths(catalog);
    let tools = catalog.tools().map(|(owner, tool)| {
        let name = owner.name.as_str();
        let offered = Tool { extension: Some(name), ..Tool::new(&tool.wire_name, &tool.info) };
        match truths.of(owner, &tool.info.name) {
            Some(truth) => offered.with(name, truth),
            None => offered,
        }
    });
    tools.collect()
}

/// Lists the tools within reach, in order of their names.
pub(crate) fn tools_within<'a>(
    host: &Host,
    catalog: &'a Arc<Catalog>,
    reach: &Reach,
) -> Vec<Tool<'a>> {
    let held = catalog
        .tools()
        .map(|(owner, tool)| reach.holds(owner.name.as_str(), &tool.info.name, &tool.wire_name));
    let all = tools(host, catalog).into_iter().zip(held);
    all.filter_map(|(tool, is_held)| is_held.then_some(tool)).collect()
}

/// Lists the agents within reach, in order of their names.
pub(crate) fn agents_within<'a>(catalog: &'a Catalog, reach: &Reach) -> Vec<Agent<'a>> {
    let held = catalog
        .agents()
        .map(|(owner, agent)| reach.holds(owner.name.as_str(), &agent.info.name, &agent.wire_name));
    let all = agents(catalog).into_iter().zip(held);
    all.filter_map(|(agent, is_held)| is_held.then_some(agent)).collect()
}

/// Counts what each tool costs a model that is shown it, in order of their
/// names.
pub fn costs(catalog: &Catalog) -> Vec<u32> {
    catalog.tools().map(|(_, tool)| mcp::listing::cost(&mcp::tools::offer(tool))).collect()
}

/// Counts what the three tools cost that can stand for all.
pub fn facade_cost() -> u32 {
    mcp::facade::tools().iter().map(mcp::listing::cost).sum()
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
            hints: info.hints.into(),
            adjusted: Vec::new(),
            tokens: None,
        }
    }

    /// Passes on what its grants bear out of what it says.
    #[must_use]
    pub fn with(mut self, extension: &str, truth: &Truth) -> Self {
        self.hints = truth.hints.into();
        self.adjusted = truth.adjusted.iter().map(|one| Adjusted::new(extension, one)).collect();
        self
    }
}

impl Adjusted {
    /// Says what was adjusted and what to type.
    pub fn new(extension: &str, adjusted: &ctx_core::Adjusted) -> Self {
        let ctx_core::Adjusted { hint, said, why, agree } = adjusted;
        let help = agree.map(|hint| {
            format!("if you agree with the tool, run `ctx grant {extension} hints {hint}`")
        });
        Self { hint, said: *said, why: why.clone(), help }
    }
}

impl From<ctx_model::Hints> for Hints {
    fn from(hints: ctx_model::Hints) -> Self {
        let ctx_model::Hints { read_only, destructive, idempotent, open_world } = hints;
        Self { read_only, destructive, idempotent, open_world }
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
