//! `ctx registry`: where extensions are found, and what is in use of them.

mod add;
mod carry_out;
mod clones;
mod entry;
mod following;
mod in_place;
mod indexing;
mod publish;
mod show;

use std::path::PathBuf;

use ctx_core::{ConfiguredRegistries, Places};
use ctx_model::{Registry, RegistryPlaces};
use ctx_registry::{Lock, RegistryError, Shelf};
use ctx_serve::problem::{Class, Problem, Refused};

use super::{Done, places};
use crate::args::{Global, RegistryCommand};
use crate::diagnostic;
use crate::report::Report;

pub(crate) use following::follow;

/// All that a command about registries looks at.
pub(super) struct Desk {
    pub(super) workspace: PathBuf,
    pub(super) places: Places,
    pub(super) configured: ConfiguredRegistries,
    /// The nearest first.
    pub(super) shelves: Vec<Shelf>,
}

pub(crate) async fn run(command: &RegistryCommand, global: &Global, report: &Report) -> Done {
    if let RegistryCommand::Init { url, name, branch } = command {
        return clones::init(url.as_deref(), name, branch, global, report);
    }
    let desk = Desk::open(global, report)?;
    match command {
        RegistryCommand::List => show::list(&desk, report),
        RegistryCommand::Search { query } => show::search(&desk, query, report),
        RegistryCommand::Info { id } => show::info(&desk, id, report),
        RegistryCommand::Outdated => show::outdated(&desk, report),
        RegistryCommand::Install { name, how } => match name {
            Some(id) if id.contains(['/', '@']) => add::add(&desk, id, *how, global, report).await,
            name => clones::install(&desk, name.as_deref(), *how, report),
        },
        RegistryCommand::Update { name, flag, how } => {
            let name = name.as_ref().or(flag.as_ref());
            clones::update(&desk, name.map(String::as_str), *how, global, report).await
        }
        RegistryCommand::Add { id, how } => add::add(&desk, id, *how, global, report).await,
        RegistryCommand::Override { id } => add::copy(&desk, id, report),
        RegistryCommand::Remove { id } => add::remove(&desk, id, global, report).await,
        RegistryCommand::Rollback => add::roll_back(&desk, report),
        RegistryCommand::Verify { path, since } => {
            publish::verify(&desk, path.as_deref(), since.as_deref(), report)
        }
        RegistryCommand::Publish { folder, to, packing } => {
            publish::publish(&desk, folder, to, packing, report).await
        }
        RegistryCommand::Index { path, sources, check, packing } => {
            let indexing =
                indexing::Indexing { path, sources: sources.as_deref(), check: *check, packing };
            indexing::index(&desk, &indexing, report).await
        }
        RegistryCommand::Yank { id, to, reason, key } => {
            publish::yank(&desk, id, to, reason.as_deref(), key.as_deref(), report)
        }
        RegistryCommand::Key { name } => publish::key(&desk, name, report),
        RegistryCommand::Init { .. } => super::done(),
    }
}

impl Desk {
    /// Looks at the config and at every registry that it names.
    pub(super) fn open(global: &Global, report: &Report) -> Result<Self, Problem> {
        let workspace = std::env::current_dir()
            .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
        let places = places()?;
        let configured = ctx_core::registries(&places, &workspace, global.config.as_deref())
            .map_err(|error| Problem::from(&error))?;
        let shelves = {
            let registries = &configured.registries;
            let data = &places.data;
            ctx_registry::shelves(&RegistryPlaces { workspace: &workspace, data, registries })
        };
        for warning in shelves.iter().flat_map(|shelf| &shelf.warnings) {
            report.warn(crate::terminal::on_one_line(warning));
        }
        Ok(Self { workspace, places, configured, shelves })
    }

    /// Reads what is in use.
    pub(super) fn lock(&self) -> Result<Lock, Problem> {
        Lock::read(&self.workspace).map_err(|error| problem(&error))
    }

    /// Finds a registry by its name.
    pub(super) fn registry(&self, name: &str) -> Result<&Registry, Problem> {
        let shelf = self.shelves.iter().find(|shelf| shelf.registry.name == name);
        let unknown = || problem(&RegistryError::NoRegistry(name.to_owned()));
        shelf.map(|shelf| &shelf.registry).ok_or_else(unknown)
    }

    /// Refuses to follow what a clone's config says.
    pub(super) fn vouch(&self, registry: &Registry) -> Result<(), Problem> {
        if registry.is_own_word {
            return Ok(());
        }
        let path = self.configured.file.as_deref().unwrap_or(&self.workspace).display();
        Err(diagnostic::refused(
            "ctx::config::untrusted",
            format!("`{path}` names the registry `{}`, and is not your own word", registry.name),
        )
        .with_help("read it, and run `ctx trust` if you mean it"))
    }

    /// Fails if this folder is no workspace.
    pub(super) fn check_workspace(&self) -> Result<(), Problem> {
        if self.workspace.join(".ctx").is_dir() {
            return Ok(());
        }
        let message = format!("`{}` is no workspace", self.workspace.display());
        Err(Problem::new(Class::Refused(Refused::Unknown), "ctx::workspace::missing", message)
            .with_help("run `ctx init` to make one here"))
    }
}

/// Turns what went wrong into what is shown.
pub(crate) fn problem(error: &RegistryError) -> Problem {
    let class = match error {
        error if error.is_failure() => Class::Failed(None),
        RegistryError::Unknown(_) | RegistryError::NoRegistry(_) => {
            Class::Refused(Refused::Unknown)
        }
        RegistryError::Consent { .. } | RegistryError::Declined => Class::Refused(Refused::Denied),
        _ => Class::Refused(Refused::Invalid),
    };
    Problem::new(class, error.code(), error.to_string()).with_help(error.help())
}

/// Runs what asks the disk or the network for long.
pub(super) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}
