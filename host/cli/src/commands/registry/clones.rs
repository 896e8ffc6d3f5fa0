//! `ctx registry init|install|update`: registries themselves, and what
//! `ctx.lock` says of them.

use std::path::PathBuf;

use ctx_registry::{
    Added, Cloned, Id, Intent, Lock, RegistryError, Shelf, add_registry, embedded, find,
    hold_yanks, keys, lay_out, seen, settle_all,
};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::carry_out::{carry_out, plan};
use super::{Desk, blocking, entry, problem};
use crate::args::{Global, How};
use crate::commands::{Done, done};
use crate::diagnostic;
use crate::report::Report;

pub(super) fn init(
    url: Option<&str>,
    name: &str,
    branch: &str,
    global: &Global,
    report: &Report,
) -> Done {
    let folder = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    let places = crate::commands::places()?;
    let mut config = Desk::open(global, report)?.configured;
    if config.file.is_none() && global.config.is_none() {
        let created = ctx_core::init(&folder)
            .map_err(|error| diagnostic::machine("the workspace cannot be made", &error))?;
        crate::commands::open(global, report, false)?
            .trust()
            .map_err(|error| Problem::from(&error))?;
        for path in created {
            report.say(format!("Created {path}"));
        }
        config = Desk::open(global, report)?.configured;
    }
    let Some(file) = config.file.clone() else { return Err(entry::no_config()) };
    let known = config.registries.iter().find(|one| one.name == name);
    let path =
        known.map_or_else(|| places.data.join("registries").join(name), |one| one.path.clone());
    let title = if name == "community" { "Community registry" } else { "Registry" };
    let before = path.exists();
    if let Some(url) = url {
        if before {
            report.say(format!("{title} already installed at {}", path.display()));
        } else {
            report
                .say(format!("Cloning registry '{name}' from {}...", ctx_model::without_user(url)));
            let cloned = blocking(|| ctx_registry::clone_into(url, branch, &path));
            cloned.map_err(|error| problem(&error))?;
        }
    } else if before && !embedded::is_ours(&path) || embedded::is_current(&path) {
        report.say(format!("{title} already installed at {}", path.display()));
    } else {
        blocking(|| lay_out(&path, &embedded::files())).map_err(|error| problem(&error))?;
    }
    let branch = url.map(|_| branch);
    let added = add_registry(&file, name, url, branch, &path).map_err(|error| problem(&error))?;
    if added == Added::New && config.is_trusted {
        entry::trust(global, report)?;
    }
    let desk = Desk::open(global, report)?;
    let shelf = desk.shelves.iter().find(|shelf| shelf.registry.name == name);
    let (connectors, tools, agents) = shelf.map(Shelf::counts).unwrap_or_default();
    if report.json {
        report.data(&json!({
            "registry": name, "path": path, "config": file, "added": added == Added::New,
            "connectors": connectors, "tools": tools, "agents": agents,
        }));
        return done();
    }
    if !before {
        report
            .line(format!("  Installed: {connectors} connectors, {tools} tools, {agents} agents"));
    }
    match added {
        Added::New => report.line(format!("Added [registries.{name}] to {}", file.display())),
        Added::Before => {
            report.line(format!("[registries.{name}] already exists in {}", file.display()));
        }
    }
    report.line("Run `ctx registry list` to see available extensions.");
    done()
}

pub(super) fn install(desk: &Desk, name: Option<&str>, how: How, report: &Report) -> Done {
    let mut rows: Vec<Value> = Vec::new();
    let mut cloned = 0;
    for shelf in &desk.shelves {
        let registry = &shelf.registry;
        if name.is_some_and(|name| name != registry.name)
            || (name.is_none() && registry.url.is_none())
        {
            continue;
        }
        desk.vouch(registry)?;
        let (path, name) = (registry.path.display(), &registry.name);
        let url = registry.url.as_deref().map(ctx_model::without_user);
        let is_there = registry.path.exists();
        if let (Some(url), false) = (&url, is_there) {
            if how.offline {
                let what = format!("the registry `{name}`");
                return Err(problem(&RegistryError::Offline { what }));
            }
            report.say(format!("Cloning registry '{name}' from {url}..."));
        }
        let state = match blocking(|| ctx_registry::install(registry)).map_err(|e| problem(&e))? {
            Cloned::New(shelf) => {
                let (connectors, tools, agents) = shelf.counts();
                let counts = format!("{connectors} connectors, {tools} tools, {agents} agents");
                if !report.json {
                    report.line(format!("  Installed: {counts}"));
                }
                cloned += 1;
                "installed"
            }
            Cloned::Before => {
                report.say(format!("Registry '{name}' already installed at {path}"));
                "before"
            }
            Cloned::Local => {
                report.say(format!("Registry '{name}' is local-only (no url configured)."));
                "local"
            }
        };
        rows.push(json!({"name": name, "state": state, "path": registry.path}));
    }
    if let (Some(name), true) = (name, rows.is_empty()) {
        return Err(problem(&RegistryError::NoRegistry(name.to_owned())));
    }
    let fetched = if name.is_none() { restore(desk, how, report)? } else { Vec::new() };
    if report.json {
        report.data(&json!({ "registries": rows, "extensions": fetched }));
    } else if rows.is_empty() && desk.lock()?.pins.is_empty() {
        report.line(
            "No registries to install. Add [registries.<name>] entries with `url` to ctx.toml.",
        );
    } else if cloned == 0 && fetched.is_empty() {
        report.line("Everything is installed.");
    }
    done()
}

/// Fetches what `ctx.lock` names and this machine lacks: these digests, or
/// nothing.
fn restore(desk: &Desk, how: How, report: &Report) -> Result<Vec<Value>, Problem> {
    let lock = desk.lock()?;
    // What was cloned this very moment is to be seen.
    let shelves: Vec<Shelf> =
        desk.shelves.iter().map(|shelf| Shelf::open(shelf.registry.clone())).collect();
    super::in_place::hold(&shelves, &lock)?;
    let mut wanted = Vec::new();
    for pin in &lock.pins {
        let mut found = find(&shelves, &pin.id).map_err(|error| problem(&error))?;
        let folder = ctx_registry::store::folder(&desk.places.data, &pin.sha256);
        if let Some((shelf, versions)) = &mut found {
            let keys = keys::pinned(&desk.places.state, &shelf.registry);
            let keys = keys.map_err(|error| problem(&error))?;
            hold_yanks(&pin.id, versions, &keys).map_err(|error| problem(&error))?;
            seen::hold(&desk.places.state, &shelf.registry, versions)
                .map_err(|error| problem(&error))?;
            if !folder.is_dir() {
                settle_all(&shelf.registry.path, versions).map_err(|error| problem(&error))?;
            }
        }
        let known = found
            .and_then(|(shelf, mut versions)| Some((shelf, versions.all.remove(&pin.version)?)));
        let (id, version) = (pin.id.to_string(), pin.version.to_string());
        if let Some((_, known)) = &known
            && let Some(reason) = known.yanked.clone()
        {
            return Err(problem(&RegistryError::Yanked { id, version, reason }));
        }
        if folder.is_dir() {
            continue;
        }
        let Some((shelf, known)) = known else {
            return Err(problem(&RegistryError::Refused(format!(
                "`{id}` {version} is in `ctx.lock`, and no registry here has it"
            )))
            .with_help(format!("its registry is called `{}`: install that first", pin.registry)));
        };
        if known.record.sha256 != pin.sha256 {
            let (wanted, found) = (pin.sha256.clone(), known.record.sha256.clone());
            return Err(problem(&RegistryError::Digest { id, version, wanted, found }));
        }
        wanted.push((pin, shelf, known));
    }
    let mut rows = Vec::new();
    for (pin, shelf, known) in wanted {
        let files = blocking(|| ctx_registry::fetch(shelf, &pin.id, &known, how.offline));
        let files = files.map_err(|error| problem(&error))?;
        ctx_registry::store::keep(&desk.places.data, &pin.sha256, &files)
            .map_err(|error| problem(&error))?;
        if !report.json {
            report.line(format!("Fetched {} {}", pin.id, pin.version));
        }
        rows.push(json!({"id": pin.id.to_string(), "version": pin.version}));
    }
    Ok(rows)
}

pub(super) async fn update(
    desk: &Desk,
    name: Option<&str>,
    how: How,
    global: &Global,
    report: &Report,
) -> Done {
    let id: Option<Id> = match name {
        Some(name) if name.contains('/') => Some(name.parse().map_err(|error| problem(&error))?),
        _ => None,
    };
    if let Some(name) = name.filter(|_| id.is_none()) {
        desk.registry(name)?;
    }
    let mut rows: Vec<Value> = Vec::new();
    let mut first: Option<Problem> = None;
    for shelf in desk.shelves.iter().filter(|_| id.is_none() && !how.offline) {
        let registry = &shelf.registry;
        if registry.url.is_none() || name.is_some_and(|name| name != registry.name) {
            continue;
        }
        desk.vouch(registry)?;
        report.say(format!("Updating registry '{}'...", registry.name));
        match blocking(|| ctx_registry::update(registry)) {
            Ok(None) => {
                report.warn(format!(
                    "registry '{}' is not installed: run `ctx registry install`",
                    registry.name
                ));
            }
            Ok(Some(updated)) => {
                let (state, commit) = match &updated {
                    ctx_git::Updated::Unchanged { commit } => ("unchanged", commit),
                    ctx_git::Updated::Forward { to, .. } => ("updated", to),
                };
                if !report.json {
                    report.line("  Updated successfully.");
                }
                rows.push(json!({"name": registry.name, "state": state, "commit": commit}));
            }
            // One that cannot be had keeps none of the others from it.
            Err(error) => {
                let problem = problem(&error);
                report.warn(format!("  Failed to update '{}': {}", registry.name, problem.message));
                first.get_or_insert(problem);
            }
        }
    }
    if let Some(problem) = first {
        return Err(problem);
    }
    let desk = Desk::open(global, &Report::quiet(report))?;
    let renewed = match &id {
        Some(_) => Vec::new(),
        None => super::in_place::renew(&desk, name, how, report)?,
    };
    let lock: Lock = desk.lock()?;
    if lock.pins.is_empty() {
        if report.json {
            report.data(&json!({ "registries": rows, "extensions": renewed }));
        } else if rows.is_empty() && renewed.is_empty() {
            report.line("No git-backed registries to update.");
        }
        return done();
    }
    if let Some(id) = id.as_ref().filter(|id| lock.pin(id).is_none()) {
        return Err(super::add::not_installed(id));
    }
    let intent = Intent::Update(id.map(|id| vec![id]));
    let plan = plan(&desk, &lock, &intent)?;
    let done_steps = Box::pin(carry_out(&desk, &lock, &plan, how, global, report)).await?;
    if report.json {
        let all: Vec<Value> = renewed.into_iter().chain(done_steps).collect();
        report.data(&json!({ "registries": rows, "extensions": all }));
    } else if done_steps.is_empty() && renewed.is_empty() {
        report.line("Every installed extension is up to date.");
    }
    done()
}

/// Returns the file that is written into, for people.
pub(super) fn file(desk: &Desk) -> Result<PathBuf, Problem> {
    desk.configured.file.clone().ok_or_else(entry::no_config)
}
