//! Bytes to something that can be called: checked, compiled, linked.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use ctx_model::{Event, Hooks, Role};
use thiserror::Error;
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi::p2::bindings::CommandIndices;

use crate::aot::CodeCache;
use crate::bindings::exports::ctx::extension as exports;
use crate::command;
use crate::engine::{Lane, Sandbox};
use crate::hooking::{self, Phases};
use crate::state::State;
use crate::weight;

const PACKAGE: &str = "ctx:extension/";

/// Larger components are not compiled: it would take minutes and gigabytes.
const LARGEST: usize = 64 << 20;

/// A component that is checked, compiled and linked. Cheap to clone.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) pre: InstancePre<State>,
    pub(crate) roles: Arc<Roles>,
    imports: Arc<BTreeSet<String>>,
    /// Whether compiled code was found damaged and made anew.
    pub recompiled: bool,
}

/// Where the exports of each role are; all absent ones are not played.
#[derive(Default)]
pub(crate) struct Roles {
    pub(crate) describe: Option<exports::roles::GuestIndices>,
    pub(crate) snapshot: Option<exports::snapshot::GuestIndices>,
    pub(crate) source: Option<exports::source::GuestIndices>,
    pub(crate) tools: Option<exports::tools::GuestIndices>,
    pub(crate) agents: Option<exports::agents::GuestIndices>,
    pub(crate) resources: Option<exports::resources::GuestIndices>,
    pub(crate) completion: Option<exports::completion::GuestIndices>,
    pub(crate) extraction: Option<exports::extraction::GuestIndices>,
    pub(crate) embedding: Option<exports::embedding::GuestIndices>,
    pub(crate) compression: Option<exports::compression::GuestIndices>,
    pub(crate) chunking: Option<exports::chunking::GuestIndices>,
    pub(crate) viewing: Option<exports::viewing::GuestIndices>,
    /// Of a command of WASI, which plays no role of ours.
    pub(crate) command: Option<CommandIndices>,
    pub(crate) phases: Phases,
    pub(crate) resolver: Option<exports::resolver::GuestIndices>,
    pub(crate) events: Option<exports::events::GuestIndices>,
}

/// Why bytes are no extension.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PrepareError {
    #[error("it is not WebAssembly")]
    NotWasm,
    #[error("it is a core module and not a component")]
    CoreModule,
    /// A module that has an entry of `wasm-abi-v1`, and not all that it takes.
    #[error("it is no module of wasm-abi-v1: {0}")]
    NotAbiV1(String),
    #[error("it is larger than {} MiB", LARGEST >> 20)]
    TooLarge,
    #[error("it is built for `{found}`, and this host speaks {}", crate::CONTRACT)]
    OtherContract { found: String },
    #[error("it needs what no host of extensions lends: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    #[error("it plays none of the roles {}", Role::listed())]
    NoRole,
    #[error("it is no command of WASI: {0}")]
    NotWasi(String),
    #[error("it is no command: it does not export `wasi:cli/run`")]
    NoCommand,
    /// Compiling it would take more than a host can spare.
    #[error("it would take too long to compile: {0}")]
    TooHeavy(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl Sandbox {
    /// Checks, compiles and links a component, or maps what was compiled
    /// before.
    ///
    /// Compiling blocks for up to seconds; nothing of the guest runs.
    pub fn prepare(&self, bytes: &[u8]) -> Result<Prepared, PrepareError> {
        self.prepare_in(&self.components, bytes)
    }

    /// The same for an interpreter of the host's own, which may take longer to
    /// compile, and is faster.
    pub fn prepare_interpreter(&self, bytes: &[u8]) -> Result<Prepared, PrepareError> {
        self.prepare_in(&self.interpreters, bytes)
    }

    /// The same for a command of WASI, component or module: what it exports is
    /// `wasi:cli/run`, and no role.
    pub fn prepare_command(&self, bytes: &[u8]) -> Result<Prepared, PrepareError> {
        let lane = &self.components;
        let component = match preamble(bytes) {
            Err(PrepareError::CoreModule) => Cow::Owned(command::component(bytes)?),
            other => other.map(|()| Cow::Borrowed(bytes))?,
        };
        if component.len() > LARGEST {
            return Err(PrepareError::TooLarge);
        }
        lane.linked_command(&self.load(lane, &component)?)
    }

    fn prepare_in(&self, lane: &Lane, bytes: &[u8]) -> Result<Prepared, PrepareError> {
        preamble(bytes)?;
        if bytes.len() > LARGEST {
            return Err(PrepareError::TooLarge);
        }
        let mut prepared = lane.linked(&self.load(lane, bytes)?)?;
        prepared.recompiled =
            self.cache.as_ref().is_some_and(|cache| !cache.take_damaged().is_empty());
        Ok(prepared)
    }

    fn load(&self, lane: &Lane, bytes: &[u8]) -> Result<Component, PrepareError> {
        let Some(cache) = &self.cache else {
            weight::check(bytes).map_err(PrepareError::TooHeavy)?;
            return Component::from_binary(&lane.engine, bytes).map_err(damaged);
        };
        let key = CodeCache::key(&lane.engine, bytes);
        if let Some(component) = cache.get(&lane.engine, &key) {
            return Ok(component);
        }
        weight::check(bytes).map_err(PrepareError::TooHeavy)?;
        let code = lane.engine.precompile_component(bytes).map_err(damaged)?;
        match cache.put(&lane.engine, &key, &code) {
            Some(component) => Ok(component),
            // A full disk costs time and not the extension.
            None => Component::from_binary(&lane.engine, bytes).map_err(damaged),
        }
    }
}

impl Lane {
    /// Links compiled code, if it is an extension.
    pub(crate) fn linked(&self, component: &Component) -> Result<Prepared, PrepareError> {
        let (imports, roles) = surface(self, component)?;
        let pre = self.linker.instantiate_pre(component).map_err(damaged)?;
        if roles.iter().all(|role| role == SNAPSHOT) {
            return Err(PrepareError::NoRole);
        }
        let roles = Roles {
            describe: indices(&roles, "roles", || exports::roles::GuestIndices::new(&pre))?,
            snapshot: indices(&roles, SNAPSHOT, || exports::snapshot::GuestIndices::new(&pre))?,
            source: indices(&roles, "source", || exports::source::GuestIndices::new(&pre))?,
            tools: indices(&roles, "tools", || exports::tools::GuestIndices::new(&pre))?,
            agents: indices(&roles, "agents", || exports::agents::GuestIndices::new(&pre))?,
            resources: indices(&roles, "resources", || {
                exports::resources::GuestIndices::new(&pre)
            })?,
            completion: indices(&roles, "completion", || {
                exports::completion::GuestIndices::new(&pre)
            })?,
            extraction: indices(&roles, "extraction", || {
                exports::extraction::GuestIndices::new(&pre)
            })?,
            embedding: indices(&roles, "embedding", || {
                exports::embedding::GuestIndices::new(&pre)
            })?,
            compression: indices(&roles, "compression", || {
                exports::compression::GuestIndices::new(&pre)
            })?,
            chunking: indices(&roles, "chunking", || exports::chunking::GuestIndices::new(&pre))?,
            viewing: indices(&roles, "viewing", || exports::viewing::GuestIndices::new(&pre))?,
            command: None,
            phases: Phases::find(&roles, &pre)?,
            resolver: indices(&roles, "resolver", || exports::resolver::GuestIndices::new(&pre))?,
            events: indices(&roles, "events", || exports::events::GuestIndices::new(&pre))?,
        };
        let (roles, imports) = (Arc::new(roles), Arc::new(imports));
        Ok(Prepared { pre, roles, imports, recompiled: false })
    }

    /// Links compiled code, if it is a command.
    fn linked_command(&self, component: &Component) -> Result<Prepared, PrepareError> {
        let (imports, _) = surface(self, component)?;
        let kind = component.component_type();
        if !kind.exports(&self.engine).any(|(name, _)| name.starts_with(command::RUN)) {
            return Err(PrepareError::NoCommand);
        }
        let pre = self.linker.instantiate_pre(component).map_err(damaged)?;
        let command = Some(CommandIndices::new(&pre).map_err(damaged)?);
        let (roles, imports) = (Roles { command, ..Roles::default() }, Arc::new(imports));
        Ok(Prepared { pre, roles: Arc::new(roles), imports, recompiled: false })
    }
}

impl Prepared {
    /// Names the interfaces that it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str)
    }

    /// Returns the roles that a component plays. An interpreter can play any;
    /// its script says which.
    pub fn roles(&self) -> Vec<Role> {
        let roles = &*self.roles;
        let played = [
            (Role::Connector, roles.source.is_some()),
            (Role::Tool, roles.tools.is_some()),
            (Role::Agent, roles.agents.is_some()),
            (Role::Resource, roles.resources.is_some()),
            (Role::Completer, roles.completion.is_some()),
            (Role::Extractor, roles.extraction.is_some()),
            (Role::Embedder, roles.embedding.is_some()),
            (Role::Compressor, roles.compression.is_some()),
            (Role::Chunker, roles.chunking.is_some()),
            (Role::ReadMode, roles.viewing.is_some()),
            (Role::Hook, !self.hooks().is_empty()),
        ];
        played.into_iter().filter_map(|(role, is_played)| is_played.then_some(role)).collect()
    }

    /// Returns what a component listens to. An interpreter can listen to all
    /// of it; its script says to what.
    pub fn hooks(&self) -> Hooks {
        let Roles { phases, resolver, events, .. } = &*self.roles;
        Hooks {
            phases: phases.played(),
            events: events.as_ref().map_or_else(Vec::new, |_| Event::ALL.to_vec()),
            resolves: resolver.is_some(),
        }
    }

    /// Whether it runs a script.
    pub fn is_interpreter(&self) -> bool {
        self.roles.describe.is_some()
    }
}

/// The interfaces of our package that a component is called by.
const PLAYED: [&str; 12] = [
    "roles",
    SNAPSHOT,
    "source",
    "tools",
    "agents",
    "resources",
    "completion",
    "extraction",
    "embedding",
    "compression",
    "chunking",
    "viewing",
];

fn is_played(interface: &str) -> bool {
    PLAYED.contains(&interface)
        || hooking::PLAYED.contains(&interface)
        || ["resolver", "events"].contains(&interface)
}

/// The one among them that is no role.
const SNAPSHOT: &str = "snapshot";

/// Names the imports and the exported interfaces of our package.
fn surface(
    lane: &Lane,
    component: &Component,
) -> Result<(BTreeSet<String>, BTreeSet<String>), PrepareError> {
    let kind = component.component_type();
    let imports: BTreeSet<String> =
        kind.imports(&lane.engine).map(|(name, _)| name.to_owned()).collect();
    let mut roles = BTreeSet::new();
    for (name, _) in kind.exports(&lane.engine) {
        // Another interface of ours is no role: who exports `types` alone can do
        // nothing.
        if let Some(interface) = own(name)?.filter(|name| is_played(name)) {
            roles.insert(interface.to_owned());
        }
    }
    let mut unknown = Vec::new();
    for name in &imports {
        let lent = match own(name)? {
            Some(interface) => LENT.contains(&interface),
            None => name.starts_with("wasi:") && name.contains("@0.2."),
        };
        if !lent {
            unknown.push(name.clone());
        }
    }
    if unknown.is_empty() {
        Ok((imports, roles))
    } else {
        Err(PrepareError::UnknownImports(unknown))
    }
}

/// The interfaces of our package that a component may import.
const LENT: [&str; 14] = [
    "types", "asking", "hooking", "log", "tokens", "settings", "caller", "changed", "env", "files",
    "kv", "secrets", "context", "script",
];

/// Returns the interface's name if it is one of ours, in our version.
fn own(name: &str) -> Result<Option<&str>, PrepareError> {
    let Some(rest) = name.strip_prefix(PACKAGE) else { return Ok(None) };
    match rest.split_once('@') {
        Some((interface, version)) if version == crate::CONTRACT => Ok(Some(interface)),
        _ => Err(PrepareError::OtherContract { found: name.to_owned() }),
    }
}

fn preamble(bytes: &[u8]) -> Result<(), PrepareError> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 0x0d, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => Err(PrepareError::CoreModule),
        _ => Err(PrepareError::NotWasm),
    }
}

pub(crate) fn indices<T>(
    roles: &BTreeSet<String>,
    interface: &str,
    find: impl FnOnce() -> wasmtime::Result<T>,
) -> Result<Option<T>, PrepareError> {
    if roles.contains(interface) { find().map(Some).map_err(damaged) } else { Ok(None) }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn damaged(error: wasmtime::Error) -> PrepareError {
    PrepareError::Damaged(format!("{error:#}"))
}
