//! Commands: tools that are programs. Arguments as JSON on standard input, the
//! answer as text on standard output. A program of WASI runs in the sandbox; a
//! native one only if the operator allows this very version of it.

mod native;
pub(crate) mod plugin;
mod run;

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use ctx_model::{Event, Hints, Hooks, Manifest, Requests, Role, TaskSupport, ToolInfo};
use ctx_sandbox::{Description, Folder, PrepareError, Prepared, Sandbox};

use plugin::{Permission, Plugin};

/// The power that a native program is.
pub(crate) const PROCESS: &str = "process";

/// A module larger than this is none.
const LARGEST: u64 = 64 << 20;

/// All that an extension of commands can run.
pub(crate) struct Commands {
    plugin: Plugin,
    /// Compiled once, by the file that it was made of.
    modules: BTreeMap<String, OnceLock<Result<Prepared, PrepareError>>>,
    /// Where they are; a manifest without a folder names none that is there.
    folder: Option<Folder>,
}

impl Commands {
    pub(crate) fn new(plugin: Plugin, folder: Option<Folder>) -> Self {
        let lines = plugin.lines();
        let files = lines.filter(|line| line.is_module()).map(|line| line.program.clone());
        let modules = files.map(|file| (file, OnceLock::new())).collect();
        Self { plugin, modules, folder }
    }

    /// Says what it is: it does not run for that.
    pub(crate) fn description(&self) -> Description {
        let tools: Vec<ToolInfo> = self.plugin.tools.iter().map(tool_info).collect();
        let hooks = Hooks {
            events: self.plugin.hooks.keys().filter_map(|name| Event::parse(name)).collect(),
            ..Hooks::default()
        };
        let played =
            [(!tools.is_empty()).then_some(Role::Tool), (!hooks.is_empty()).then_some(Role::Hook)];
        let roles = played.into_iter().flatten().collect();
        Description { roles, tools, hooks, ..Description::default() }
    }

    /// Compiles its programs, or maps what was compiled before. Blocks on
    /// first use.
    pub(crate) fn prepare(&self, sandbox: &Sandbox) -> Result<(), Unfit> {
        for file in self.modules.keys() {
            self.module(file, sandbox)?;
        }
        Ok(())
    }

    /// Reads a file of its folder, as it was when its digest was taken.
    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        let folder = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        folder.read_whole(file, LARGEST)
    }

    fn module(&self, file: &str, sandbox: &Sandbox) -> Result<&Prepared, Unfit> {
        let module = &self.modules[file];
        if let Some(known) = module.get() {
            return known.as_ref().map_err(|error| Unfit::of(file, error));
        }
        let bytes = self.read(file).map_err(|error| Unfit {
            why: format!("its program `{file}` cannot be read: {error}"),
            help: "put it there, or mend `command` in `plugin.toml`".to_owned(),
        })?;
        let prepared = module.get_or_init(|| sandbox.prepare_command(&bytes));
        prepared.as_ref().map_err(|error| Unfit::of(file, error))
    }
}

/// Why a program cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) why: String,
    pub(crate) help: String,
}

impl Unfit {
    fn of(file: &str, error: &PrepareError) -> Self {
        Self {
            why: format!("its program `{file}` cannot be run: {error}"),
            help: "build it for the target `wasm32-wasip2`, with a `main`".to_owned(),
        }
    }
}

/// Says in our words what a plugin says of itself.
pub(crate) fn manifest(plugin: &Plugin) -> Manifest {
    let is_native = plugin.lines().any(|line| !line.is_module());
    // To which hosts, it never says; the operator has to.
    let http = plugin.permissions.contains(&Permission::Network);
    let requests = Requests {
        http: if http { vec!["*".to_owned()] } else { Vec::new() },
        unsafe_: if is_native { vec![PROCESS.to_owned()] } else { Vec::new() },
        ..Requests::default()
    };
    Manifest {
        name: Some(plugin.name.clone()),
        version: Some(plugin.version.clone()),
        description: plugin.description.clone(),
        authors: plugin.author.iter().cloned().collect(),
        requests: Some(requests),
        ..Manifest::default()
    }
}

fn tool_info(tool: &plugin::Tool) -> ToolInfo {
    ToolInfo {
        name: tool.name.clone(),
        title: None,
        description: tool.description.clone(),
        input_schema: tool.schema.to_string(),
        output_schema: None,
        // It never says, so the worst is to be assumed.
        hints: Hints { destructive: true, open_world: true, ..Hints::default() },
        task: TaskSupport::Forbidden,
        meta: None,
    }
}
