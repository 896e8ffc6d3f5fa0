//! What is installed: an immutable picture, swapped as a whole and never
//! edited. Calls in flight keep the one they began with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ctx_model::{
    AgentInfo, Digest, EmbedderInfo, ExtensionName, ExtractorInfo, Form, Holdings, HookManifest,
    Hooks, Layer, Limits, LimitsRequest, Refusal, Requests, Role, SourceInfo, ToolInfo,
    TransformInfo, Transforms,
};
use ctx_sandbox::{Folder, Injection, PrepareError, Prepared, Sandbox, Script};

use crate::commands::Commands;
use crate::commands::plugin::Plugin;
use crate::config::InlineAgent;
use crate::entries::Entry;
use crate::foreign::ForeignCode;
use crate::hints::Truth;
use crate::native::NativeExtension;
use crate::near::near;
use crate::resource::held::Held;
use crate::schema::Schema;
use crate::snapshot::Snapshot;

/// An extension that is ready to be called.
#[derive(Clone)]
pub struct Installed {
    pub name: ExtensionName,
    pub version: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    pub form: Form,
    pub layer: Layer,
    /// Where it was found, for people.
    pub place: String,
    /// The registry that it is of, if it is of one.
    pub registry: Option<String>,
    pub digest: Digest,
    /// What it asks for; absent if it never says.
    pub requests: Option<Requests>,
    pub limits: Limits,
    pub roles: Vec<Role>,
    pub tools: Vec<Tool>,
    pub agents: Vec<Agent>,
    pub holdings: Holdings,
    pub source: Option<SourceInfo>,
    pub extractor: Option<ExtractorInfo>,
    pub embedder: Option<EmbedderInfo>,
    /// What it listens to.
    pub hooks: Hooks,
    /// What its manifest says of that.
    pub hook_manifest: HookManifest,
    pub transforms: Transforms,
    /// Something that an operator may want to know, and that stops nothing.
    pub notes: Vec<String>,
    /// What its manifest says of limits.
    pub(crate) asks_limits: Option<LimitsRequest>,
    pub(crate) code: Arc<Code>,
    pub(crate) script: Option<Script>,
    pub(crate) folder: Option<Folder>,
    /// JSON Schema of what the operator may set, if its manifest names one.
    pub settings_schema: Option<String>,
    pub(crate) inject: Vec<Injection>,
    /// The entry that names it outright, if one does.
    pub(crate) entry: Option<Arc<Entry>>,
    /// The agent that it is, if it is all written down.
    pub(crate) inline: Option<Arc<InlineAgent>>,
}

/// A tool and the name that it goes by outside.
#[derive(Clone)]
pub struct Tool {
    pub info: ToolInfo,
    pub wire_name: String,
    /// What its guest calls it.
    pub(crate) guest_name: String,
    /// Shared by all catalogs that the tool is in.
    schemas: Arc<Schemas>,
}

#[derive(Default)]
struct Schemas {
    input: OnceLock<Result<Schema, String>>,
    output: OnceLock<Option<Result<Schema, String>>>,
}

/// An agent and the name that it goes by outside.
#[derive(Debug, Clone)]
pub struct Agent {
    pub info: AgentInfo,
    pub wire_name: String,
    /// What its guest calls it.
    pub(crate) guest_name: String,
}

/// The component behind an extension, compiled when it is first needed.
pub(crate) struct Code {
    bytes: Bytes,
    prepared: OnceLock<Result<Prepared, PrepareError>>,
    pub(crate) snapshot: Snapshot,
}

enum Bytes {
    /// An interpreter's, which the program carries.
    Interpreter(&'static [u8]),
    /// One of its own; gone once it is compiled.
    Own(Mutex<std::borrow::Cow<'static, [u8]>>),
    /// An interpreter's, shared by all its scripts, and what it is made of.
    Shared(Arc<Code>, &'static [u8]),
    /// None: it is part of the program.
    Native(NativeExtension),
    /// Programs, each with its own.
    Commands(Box<Commands>),
    /// A module of LeanCTX's interface.
    Foreign(ForeignCode),
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
    /// The extension that was there before, whose earlier version still runs.
    pub still_running: Option<ExtensionName>,
    /// What was tried, so that the same is not tried again.
    pub(crate) tried: Option<(Digest, Limits)>,
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
    /// What its tools say of themselves, as far as its grants bear it out.
    pub hints: Vec<Truth>,
}

/// What is installed.
#[derive(Default)]
pub struct Catalog {
    pub installed: BTreeMap<ExtensionName, Arc<Installed>>,
    pub problems: Vec<Problem>,
    /// Extensions of farther layers that a nearer one hides: name and place.
    pub shadowed: Vec<(ExtensionName, String)>,
    /// What is wrong with all of it: a config that cannot be read any more.
    pub warnings: Vec<String>,
    tools: BTreeMap<String, (ExtensionName, usize)>,
    agents: BTreeMap<String, (ExtensionName, usize)>,
    /// Addresses, and which of the extensions holds them.
    pub(crate) held: Held,
}

impl Catalog {
    pub(crate) fn new(
        installed: Vec<Arc<Installed>>,
        problems: Vec<Problem>,
        shadowed: Vec<(ExtensionName, String)>,
        warnings: Vec<String>,
    ) -> Self {
        let mut catalog = Self { problems, shadowed, warnings, ..Self::default() };
        for extension in installed {
            let name = extension.name.clone();
            for (at, tool) in extension.tools.iter().enumerate() {
                catalog.tools.insert(tool.wire_name.clone(), (name.clone(), at));
            }
            for (at, agent) in extension.agents.iter().enumerate() {
                catalog.agents.insert(agent.wire_name.clone(), (name.clone(), at));
            }
            catalog.installed.insert(name, extension);
        }
        catalog.held = Held::of(&catalog.installed);
        catalog
    }

    /// Whether nothing tells it from another.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.installed.len() == other.installed.len()
            && self.installed.values().zip(other.installed.values()).all(|(a, b)| Arc::ptr_eq(a, b))
            && self.problems == other.problems
            && self.shadowed == other.shadowed
            && self.warnings == other.warnings
    }

    /// Returns what is wrong with the file that was to replace an extension,
    /// of which the earlier version still runs.
    pub fn replacement(&self, name: &ExtensionName) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.still_running.as_ref() == Some(name))
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

    /// Names those of an agent's tools that nobody has.
    pub fn missing<'a>(&self, tools: &'a [String]) -> Vec<&'a str> {
        let is_missing = |name: &&'a String| self.tool(name).is_none();
        tools.iter().filter(is_missing).map(String::as_str).collect()
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

    /// Says why there is no such tool: it could not be installed, or nobody
    /// has it.
    pub(crate) fn no_tool(&self, name: &str) -> Refusal {
        self.broken(name, Role::Tool).unwrap_or_else(|| {
            let near = near(name, self.tools.keys().map(String::as_str));
            Refusal::Unknown { what: "tool", name: name.to_owned(), near }
        })
    }

    /// Says why there is no such agent.
    pub fn no_agent(&self, name: &str) -> Refusal {
        self.broken(name, Role::Agent).unwrap_or_else(|| {
            let near = near(name, self.agents.keys().map(String::as_str));
            Refusal::Unknown { what: "agent", name: name.to_owned(), near }
        })
    }

    /// Finds what would bear the name if it could be used. What cannot be read
    /// tells no roles, so the name of its file or its entry has to do.
    fn broken(&self, name: &str, role: Role) -> Option<Refusal> {
        let extension = name.split_once('/').map_or(name, |(extension, _)| extension);
        let stem = ExtensionName::from_stem(extension).ok()?;
        let second = ExtensionName::new(format!("{stem}-{role}"));
        let is_it = |one: &&Problem| {
            one.name == stem.as_str() || second.as_ref().is_ok_and(|name| one.name == name.as_str())
        };
        let found: Vec<&Problem> = self.problems.iter().filter(is_it).collect();
        // Of entries that share a key the later kinds bear their kind, too.
        let problem = found.iter().find(|one| one.name != stem.as_str()).or(found.first())?;
        let extension = ExtensionName::new(problem.name.clone()).ok()?;
        let (why, help) = (problem.why.clone(), Some(problem.help.clone()));
        Some(Refusal::Unusable { extension, why, help })
    }

    /// Finds who reads a media type. A nearer layer comes first, so that what
    /// the operator installs takes the place of what comes with `ctx`.
    pub fn extractor(&self, essence: &str) -> Option<&Arc<Installed>> {
        let reads = |extension: &&Arc<Installed>| {
            let types = extension.extractor.as_ref().map(|info| info.media_types.as_slice());
            types.unwrap_or_default().iter().any(|read| read.eq_ignore_ascii_case(essence))
        };
        // Of several in one layer it is the first by name.
        self.installed.values().filter(reads).min_by_key(|one| distance(one))
    }

    /// Names extensions that are close to one that is not there.
    pub fn near_extensions(&self, name: &str) -> Vec<String> {
        near(name, self.installed.keys().map(ExtensionName::as_str))
    }
}

/// How far away an extension is: what the operator installs takes the place of
/// what comes with `ctx`.
pub(crate) fn distance(extension: &Installed) -> u8 {
    match extension.layer {
        Layer::Workspace => 0,
        Layer::User => 1,
        Layer::Native | Layer::Bundled => 2,
    }
}

impl Installed {
    /// Lists its transforms of a role.
    pub fn transforms_of(&self, role: Role) -> &[TransformInfo] {
        match role {
            Role::Compressor => &self.transforms.compressors,
            Role::Chunker => &self.transforms.chunkers,
            Role::ReadMode => &self.transforms.read_modes,
            _ => &[],
        }
    }

    /// Whether it comes with every `ctx` as part of the program.
    pub fn is_builtin(&self) -> bool {
        self.code.as_native().is_some_and(|native| native.is_builtin)
    }
}

impl Tool {
    pub(crate) fn new(info: ToolInfo) -> Self {
        let wire_name = info.name.clone();
        Self { guest_name: wire_name.clone(), info, wire_name, schemas: Arc::default() }
    }

    /// Gives it the name of the entry that names its script.
    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.info.name);
        name.clone_into(&mut self.wire_name);
    }

    /// Returns the schema of its arguments, compiled on first use.
    pub(crate) fn input(&self) -> Result<&Schema, String> {
        self.schemas
            .input
            .get_or_init(|| Schema::compile(&self.info.input_schema))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Returns the schema of its structured answers, compiled on first use.
    pub(crate) fn output(&self) -> Result<Option<&Schema>, String> {
        let compiled = self
            .schemas
            .output
            .get_or_init(|| self.info.output_schema.as_ref().map(|text| Schema::compile(text)));
        compiled.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }
}

impl Agent {
    pub(crate) fn new(info: AgentInfo) -> Self {
        let wire_name = info.name.clone();
        Self { guest_name: wire_name.clone(), info, wire_name }
    }

    /// Gives it the name of the entry that names its script.
    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.info.name);
        name.clone_into(&mut self.wire_name);
    }
}

impl Code {
    /// A component of its own.
    pub(crate) fn own(bytes: std::borrow::Cow<'static, [u8]>) -> Self {
        Self {
            bytes: Bytes::Own(Mutex::new(bytes)),
            prepared: OnceLock::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// An interpreter, for all scripts of its language.
    pub(crate) fn of_interpreter(component: &'static [u8]) -> Self {
        let bytes = Bytes::Interpreter(component);
        Self { bytes, prepared: OnceLock::new(), snapshot: Snapshot::default() }
    }

    /// A script, played by a component that is shared.
    pub(crate) fn shared(code: Arc<Self>, component: &'static [u8]) -> Self {
        Self {
            bytes: Bytes::Shared(code, component),
            prepared: OnceLock::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// A module of LeanCTX's interface.
    pub(crate) fn module(
        bytes: std::borrow::Cow<'static, [u8]>,
        stem: String,
        provider: Option<String>,
    ) -> Self {
        let (bytes, prepared) = (bytes.into_owned().into(), OnceLock::new());
        Self {
            bytes: Bytes::Foreign(ForeignCode { stem, provider, prepared, bytes }),
            prepared: OnceLock::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// Returns the module, if it is one of LeanCTX's interface.
    pub(crate) fn as_foreign(&self) -> Option<&ForeignCode> {
        match &self.bytes {
            Bytes::Foreign(code) => Some(code),
            _ => None,
        }
    }

    /// Part of the program.
    pub(crate) fn native(extension: NativeExtension) -> Self {
        Self {
            bytes: Bytes::Native(extension),
            prepared: OnceLock::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// Programs of a folder.
    pub(crate) fn commands(plugin: Plugin, folder: Option<Folder>) -> Self {
        Self {
            bytes: Bytes::Commands(Box::new(Commands::new(plugin, folder))),
            prepared: OnceLock::new(),
            snapshot: Snapshot::default(),
        }
    }

    /// Returns the programs that it is made of, if it is.
    pub(crate) fn as_commands(&self) -> Option<&Commands> {
        match &self.bytes {
            Bytes::Commands(commands) => Some(commands),
            _ => None,
        }
    }

    /// Returns the interpreter of a script.
    pub(crate) fn interpreter(&self) -> Option<&'static [u8]> {
        match self.bytes {
            Bytes::Shared(_, component) => Some(component),
            _ => None,
        }
    }

    /// Returns what is part of the program, which no sandbox runs.
    pub(crate) fn as_native(&self) -> Option<&NativeExtension> {
        match &self.bytes {
            Bytes::Native(extension) => Some(extension),
            _ => None,
        }
    }

    /// Compiles, or maps what was compiled before. Blocks on first use.
    pub(crate) fn prepared(&self, sandbox: &Sandbox) -> Result<&Prepared, PrepareError> {
        match &self.bytes {
            Bytes::Shared(code, _) => code.prepared(sandbox),
            Bytes::Native(_) => Err(PrepareError::NotWasm),
            // Each program is prepared by itself, when it is called.
            Bytes::Commands(_) => Err(PrepareError::NoRole),
            Bytes::Foreign(_) => Err(PrepareError::CoreModule),
            Bytes::Interpreter(bytes) => {
                let prepare = || sandbox.prepare_interpreter(bytes);
                self.prepared.get_or_init(prepare).as_ref().map_err(Clone::clone)
            }
            Bytes::Own(bytes) => {
                let prepare = || {
                    let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                    sandbox.prepare(&std::mem::take(&mut *bytes))
                };
                self.prepared.get_or_init(prepare).as_ref().map_err(Clone::clone)
            }
        }
    }

    /// Whether the first use would block.
    pub(crate) fn is_prepared(&self) -> bool {
        match &self.bytes {
            Bytes::Shared(code, _) => code.is_prepared(),
            Bytes::Own(_) | Bytes::Interpreter(_) => self.prepared.get().is_some(),
            Bytes::Native(_) | Bytes::Commands(_) => true,
            Bytes::Foreign(code) => code.prepared.get().is_some(),
        }
    }
}
