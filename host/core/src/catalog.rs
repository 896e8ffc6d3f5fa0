//! What is installed: an immutable picture, swapped as a whole and never
//! edited. Calls in flight keep the one they began with.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ctx_model::{
    AgentInfo, Digest, ExtensionName, Form, Layer, Limits, Requests, Role, SourceInfo, ToolInfo,
};
use ctx_sandbox::{Folder, Injection, PrepareError, Prepared, Sandbox, Script};

use crate::near::near;
use crate::schema::Schema;

/// An extension that is ready to be called.
pub struct Installed {
    pub name: ExtensionName,
    pub version: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    pub form: Form,
    pub layer: Layer,
    /// Where it was found, for people.
    pub place: String,
    pub digest: Digest,
    /// What it asks for; absent if it never says.
    pub requests: Option<Requests>,
    pub limits: Limits,
    pub roles: Vec<Role>,
    pub tools: Vec<Tool>,
    pub agents: Vec<Agent>,
    pub source: Option<SourceInfo>,
    /// Something that an operator may want to know, and that stops nothing.
    pub notes: Vec<String>,
    pub(crate) code: Code,
    pub(crate) script: Option<Script>,
    pub(crate) folder: Option<Folder>,
    /// JSON Schema of what the operator may set, if its manifest names one.
    pub settings_schema: Option<String>,
    pub(crate) inject: Vec<Injection>,
}

/// A tool and the name that it goes by outside.
pub struct Tool {
    pub info: ToolInfo,
    pub wire_name: String,
    input: OnceLock<Result<Schema, String>>,
    output: OnceLock<Option<Result<Schema, String>>>,
}

/// An agent and the name that it goes by outside.
#[derive(Debug, Clone)]
pub struct Agent {
    pub info: AgentInfo,
    pub wire_name: String,
}

/// The component behind an extension, compiled when it is first needed.
pub(crate) struct Code {
    bytes: Bytes,
    prepared: OnceLock<Result<Prepared, PrepareError>>,
}

pub(crate) enum Bytes {
    /// One of its own.
    Own(std::borrow::Cow<'static, [u8]>),
    /// An interpreter's, shared by all its scripts.
    Shared(Arc<Code>),
}

/// Something in an extensions folder that could not be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name it would have.
    pub name: String,
    pub place: String,
    pub layer: Layer,
    pub why: String,
    /// What to do about it.
    pub help: String,
}

/// A power that was asked for, and whether it is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub capability: &'static str,
    pub value: String,
    pub granted: bool,
}

/// What an extension asks for and was granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub requested: Vec<Requested>,
    /// Granted to an earlier version of it, and not to this one.
    pub outdated: bool,
}

/// What is installed.
#[derive(Default)]
pub struct Catalog {
    pub installed: BTreeMap<ExtensionName, Arc<Installed>>,
    pub problems: Vec<Problem>,
    /// Extensions of farther layers that a nearer one hides: name and place.
    pub shadowed: Vec<(ExtensionName, String)>,
    tools: BTreeMap<String, (ExtensionName, usize)>,
    agents: BTreeMap<String, (ExtensionName, usize)>,
}

impl Catalog {
    pub(crate) fn new(
        installed: Vec<Installed>,
        problems: Vec<Problem>,
        shadowed: Vec<(ExtensionName, String)>,
    ) -> Self {
        let mut catalog = Self { problems, shadowed, ..Self::default() };
        for extension in installed {
            let name = extension.name.clone();
            for (at, tool) in extension.tools.iter().enumerate() {
                catalog.tools.insert(tool.wire_name.clone(), (name.clone(), at));
            }
            for (at, agent) in extension.agents.iter().enumerate() {
                catalog.agents.insert(agent.wire_name.clone(), (name.clone(), at));
            }
            catalog.installed.insert(name, Arc::new(extension));
        }
        catalog
    }

    /// Finds an extension.
    pub fn extension(&self, name: &str) -> Option<&Arc<Installed>> {
        ExtensionName::new(name).ok().and_then(|name| self.installed.get(&name))
    }

    /// Finds a tool by the name it goes by, or by `extension/tool`.
    pub fn tool(&self, name: &str) -> Option<(&Arc<Installed>, &Tool)> {
        if let Some((extension, tool)) = name.split_once('/') {
            let extension = self.extension(extension)?;
            return Some((extension, extension.tools.iter().find(|t| t.info.name == tool)?));
        }
        let (extension, at) = self.tools.get(name)?;
        let extension = self.installed.get(extension)?;
        Some((extension, &extension.tools[*at]))
    }

    /// Finds an agent by the name it goes by, or by `extension/agent`.
    pub fn agent(&self, name: &str) -> Option<(&Arc<Installed>, &Agent)> {
        if let Some((extension, agent)) = name.split_once('/') {
            let extension = self.extension(extension)?;
            return Some((extension, extension.agents.iter().find(|a| a.info.name == agent)?));
        }
        let (extension, at) = self.agents.get(name)?;
        let extension = self.installed.get(extension)?;
        Some((extension, &extension.agents[*at]))
    }

    /// Lists the tools in order of their names.
    pub fn tools(&self) -> impl Iterator<Item = (&Arc<Installed>, &Tool)> {
        self.tools.values().map(|(extension, at)| {
            let extension = &self.installed[extension];
            (extension, &extension.tools[*at])
        })
    }

    /// Lists the agents in order of their names.
    pub fn agents(&self) -> impl Iterator<Item = (&Arc<Installed>, &Agent)> {
        self.agents.values().map(|(extension, at)| {
            let extension = &self.installed[extension];
            (extension, &extension.agents[*at])
        })
    }

    /// Names tools that are close to one that is not there.
    pub(crate) fn near_tools(&self, name: &str) -> Vec<String> {
        near(name, self.tools.keys().map(String::as_str))
    }

    /// Names agents that are close to one that is not there.
    pub(crate) fn near_agents(&self, name: &str) -> Vec<String> {
        near(name, self.agents.keys().map(String::as_str))
    }

    /// Names extensions that are close to one that is not there.
    pub(crate) fn near_extensions(&self, name: &str) -> Vec<String> {
        near(name, self.installed.keys().map(ExtensionName::as_str))
    }
}

impl Tool {
    pub(crate) fn new(info: ToolInfo) -> Self {
        let wire_name = info.name.clone();
        Self { info, wire_name, input: OnceLock::new(), output: OnceLock::new() }
    }

    /// Returns the schema of its arguments, compiled on first use.
    pub(crate) fn input(&self) -> Result<&Schema, String> {
        self.input
            .get_or_init(|| Schema::compile(&self.info.input_schema))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Returns the schema of its structured answers, compiled on first use.
    pub(crate) fn output(&self) -> Result<Option<&Schema>, String> {
        let compiled = self
            .output
            .get_or_init(|| self.info.output_schema.as_ref().map(|text| Schema::compile(text)));
        compiled.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }
}

impl Code {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, prepared: OnceLock::new() }
    }

    /// Compiles, or maps what was compiled before. Blocks on first use.
    pub(crate) fn prepared(&self, sandbox: &Sandbox) -> Result<&Prepared, PrepareError> {
        match &self.bytes {
            Bytes::Shared(code) => code.prepared(sandbox),
            Bytes::Own(bytes) => {
                self.prepared.get_or_init(|| sandbox.prepare(bytes)).as_ref().map_err(Clone::clone)
            }
        }
    }

    /// Whether the first use would block.
    pub(crate) fn is_prepared(&self) -> bool {
        match &self.bytes {
            Bytes::Shared(code) => code.is_prepared(),
            Bytes::Own(_) => self.prepared.get().is_some(),
        }
    }
}
