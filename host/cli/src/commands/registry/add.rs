//! `ctx registry add|override|remove|rollback`: what is in use.

use std::fs;
use std::path::Path;

use ctx_model::{RegistryPlaces, Role};
use ctx_registry::index::Known;
use ctx_registry::{
    Copied, Id, Intent, Link, Lock, RegistryError, Wanted, chain, find, remove_section, store,
};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::carry_out::{carry_out, plan};
use super::{Desk, blocking, entry, problem, show};
use crate::args::{Global, How};
use crate::commands::{Done, done};
use crate::report::Report;

pub(super) async fn add(
    desk: &Desk,
    text: &str,
    how: How,
    global: &Global,
    report: &Report,
) -> Done {
    let wanted: Wanted = text.parse().map_err(|error| problem(&error))?;
    let id = wanted.id.clone();
    let versions = find(&desk.shelves, &id).map_err(|error| problem(&error))?;
    let link = chain(&desk.shelves, &id).into_iter().next();
    let lock = desk.lock()?;
    let is_any = wanted.range == semver::VersionReq::STAR;
    let Some((shelf, versions)) = versions else {
        let Some(link) = link else { return Err(show::unknown(desk, &id)) };
        if !is_any {
            let name = &link.shelf.registry.name;
            let why = format!("`{id}` has no versions in the registry `{name}`");
            return Err(problem(&RegistryError::Refused(why))
                .with_help(format!("add it as it is there: `ctx registry add {id}`")));
        }
        return add_unversioned(desk, &id, &link, how, global, report);
    };
    // What lies in its registry as files is used there, unless somebody wants
    // a version of it.
    let lies = |known: &Known| known.record.folder().is_some();
    if is_any
        && lock.pin(&id).is_none()
        && versions.newest().is_some_and(lies)
        && let Some(link) = &link
        && link.shelf.registry.name == shelf.registry.name
    {
        return add_unversioned(desk, &id, link, how, global, report);
    }
    let is_there = lock.pin(&id).is_some_and(|pin| wanted.range.matches(&pin.version));
    let rows = if is_there && lock.pin(&id).is_some_and(|pin| pin.wanted.is_some()) {
        Vec::new()
    } else {
        let plan = plan(desk, &lock, &Intent::Add(vec![wanted]))?;
        Box::pin(carry_out(desk, &lock, &plan, how, global, report)).await?
    };
    if rows.is_empty() && !report.json {
        report.line(format!("{id} is installed already"));
    }
    let entry = if id.role == Role::Connector {
        let folder = {
            let lock = desk.lock()?;
            lock.pin(&id).map(|pin| store::folder(&desk.places.data, &pin.sha256))
        };
        let listed = link.map(|link| link.entry.required_config.clone()).unwrap_or_default();
        let required = required(&id, listed, global, report).await?;
        let example = folder.as_deref().and_then(example);
        let wanted = entry::Wanted { id: &id, script: None, required: &required, example };
        Some(entry::write(desk, &wanted, global, report)?)
    } else {
        None
    };
    if report.json {
        let mut data = json!({ "extensions": rows });
        if let Some(entry) = entry {
            data["config"] = entry;
        }
        report.data(&data);
    } else if id.role == Role::Connector {
        report.say(format!("Then sync: ctx sync {}", id.name));
    }
    done()
}

/// Names what has to be set: as the registry says, and as the extension does.
async fn required(
    id: &Id,
    mut listed: Vec<String>,
    global: &Global,
    report: &Report,
) -> Result<Vec<String>, Problem> {
    let host = crate::commands::open(global, &Report::quiet(report), false)?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let Some(extension) = catalog.extension(&id.name) else { return Ok(listed) };
    let schemas = [
        extension.settings_schema.as_deref(),
        extension.source.as_ref().map(|source| source.settings_schema.as_str()),
    ];
    for schema in schemas.into_iter().flatten() {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in names {
            if !listed.iter().any(|known| known == name) {
                listed.push(name.to_owned());
            }
        }
    }
    Ok(listed)
}

fn example(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join("config.example.toml")).ok()
}

/// Writes the entry that names the script where it lies, as Context Harness
/// does.
fn add_unversioned(
    desk: &Desk,
    id: &Id,
    link: &Link<'_>,
    how: How,
    global: &Global,
    report: &Report,
) -> Done {
    desk.vouch(&link.shelf.registry)?;
    let lying = ctx_registry::lying(&link.shelf.registry.path, id);
    if let Some(known) = lying.map_err(|error| problem(&error))? {
        report.say(format!("{id} {} from {}", known.record.version, link.shelf.registry.name));
        for power in ctx_registry::compare(None, known.record.requests.as_ref()) {
            let value = crate::terminal::on_one_line(&power.value);
            report.say(format!("  {} {} {value}", power.change.sign(), power.capability));
        }
    }
    let script = link.shelf.path(link.entry).map_err(|error| problem(&error))?;
    if !script.is_file() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(problem(&RegistryError::Disk { path: script, error }));
    }
    let example = script.parent().and_then(example);
    let required = &link.entry.required_config;
    let wanted = entry::Wanted { id, script: Some(&script), required, example };
    super::in_place::note(desk, id, link, how)?;
    let written = entry::write(desk, &wanted, global, report)?;
    if report.json {
        report.data(&json!({ "extensions": [], "config": written }));
    }
    done()
}

pub(super) fn copy(desk: &Desk, text: &str, report: &Report) -> Done {
    let id: Id = text.parse().map_err(|error| problem(&error))?;
    let lock = desk.lock()?;
    let links = chain(&desk.shelves, &id);
    let link = links.iter().find(|link| link.shelf.registry.readonly).or(links.first());
    let pinned = lock.pin(&id).map(|pin| store::folder(&desk.places.data, &pin.sha256));
    let (from, registry) = match (pinned.filter(|path| path.is_dir()), link) {
        (Some(folder), _) => {
            (folder, lock.pin(&id).map(|pin| pin.registry.clone()).unwrap_or_default())
        }
        (None, Some(link)) => {
            let folder = link.shelf.folder(link.entry).map_err(|error| problem(&error))?;
            (folder, link.shelf.registry.name.clone())
        }
        (None, None) => return Err(show::unknown(desk, &id)),
    };
    let copied = blocking(|| ctx_registry::copy(&desk.shelves, &id, &from));
    match copied.map_err(|error| problem(&error))? {
        Copied::To(path) => {
            if report.json {
                report.data(&json!({"id": id.to_string(), "copied": true, "path": path}));
                return done();
            }
            report.line(format!("Copied {id} to {}", path.display()));
            report.line(format!(
                "Your version will take precedence over the {registry} registry version."
            ));
        }
        Copied::Before(path) => {
            if report.json {
                report.data(&json!({"id": id.to_string(), "copied": false, "path": path}));
                return done();
            }
            report
                .line(format!("Override already exists at {}. Edit it directly.", path.display()));
        }
    }
    done()
}

pub(super) async fn remove(desk: &Desk, text: &str, global: &Global, report: &Report) -> Done {
    let id: Id = text.parse().map_err(|error| problem(&error))?;
    let lock = desk.lock()?;
    let mut rows = Vec::new();
    if lock.pin(&id).is_some() {
        let plan = plan(desk, &lock, &Intent::Remove(vec![id.clone()]))?;
        if let Some(pin) = plan.lock.pin(&id) {
            let why = format!("`{}` {} is needed by what you installed", pin.id, pin.version);
            return Err(problem(&RegistryError::Refused(why))
                .with_help("remove what needs it first: `ctx registry list` shows what there is"));
        }
        let how = How { yes: true, frozen: false, offline: true };
        rows = Box::pin(carry_out(desk, &lock, &plan, how, global, report)).await?;
    }
    let mut noted = desk.lock()?;
    let is_noted = noted.found.iter().any(|found| found.id == id);
    if is_noted {
        noted.found.retain(|found| found.id != id);
        noted.activate(&desk.workspace).map_err(|error| problem(&error))?;
    }
    let mut sections = Vec::new();
    if let Some(file) = &desk.configured.file {
        let role = format!("{}s", id.role);
        let script = [role.as_str(), "script", id.name.as_str()];
        let source = ["sources", id.name.as_str()];
        let keys: [&[&str]; 2] = [&script, &source];
        for keys in keys {
            let is_its = ctx_registry::section_value(
                file,
                keys,
                if keys.len() == 2 { "extension" } else { "path" },
            )
            .map_err(|error| problem(&error))?
            .is_some_and(|value| keys.len() == 3 || value == id.name);
            if is_its && remove_section(file, keys).map_err(|error| problem(&error))? {
                sections.push(keys.join("."));
            }
        }
        if !sections.is_empty() && desk.configured.is_trusted {
            entry::trust(global, report)?;
        }
    }
    if rows.is_empty() && sections.is_empty() && !is_noted {
        return Err(not_installed(&id));
    }
    if report.json {
        report.data(&json!({ "extensions": rows, "sections": sections }));
        return done();
    }
    for section in sections {
        report.line(format!("Removed [{section}] from the config"));
    }
    report.say("Documents that were gathered by it are kept");
    done()
}

/// Says that an extension is not in use through `ctx.lock` or the config.
pub(super) fn not_installed(id: &Id) -> Problem {
    problem(&RegistryError::Refused(format!("`{id}` is not installed")))
        .with_help(format!("to install it, run `ctx registry add {id}`"))
}

pub(super) fn roll_back(desk: &Desk, report: &Report) -> Done {
    desk.check_workspace()?;
    let back = ctx_registry::roll_back(&desk.workspace).map_err(|error| problem(&error))?;
    let Some((was, is)) = back else {
        return Err(problem(&RegistryError::Refused("there is nothing to go back to".to_owned()))
            .with_help("`ctx registry outdated` shows what could go forward"));
    };
    let changes = changes(&was, &is);
    if report.json {
        let rows: Vec<Value> = changes
            .iter()
            .map(|(id, was, is)| json!({"id": id.to_string(), "was": was, "is": is}))
            .collect();
        report.data(&json!({ "extensions": rows }));
        return done();
    }
    for (id, was, is) in changes {
        let word = |version: Option<String>| version.unwrap_or_else(|| "not installed".to_owned());
        report.line(format!("Rolled back {id} {} -> {}", word(was), word(is)));
    }
    let data = &desk.places.data;
    let places = RegistryPlaces { workspace: &desk.workspace, data, registries: &[] };
    for one in ctx_model::Registries::registered(&ctx_registry::InUse, &places) {
        if let Err((why, help)) = one.folder {
            report.warn(format!("{why}; {help}"));
        }
    }
    done()
}

type Changed = (Id, Option<String>, Option<String>);

fn changes(was: &Lock, is: &Lock) -> Vec<Changed> {
    let version = |lock: &Lock, id: &Id| lock.pin(id).map(|pin| pin.version.to_string());
    let ids: std::collections::BTreeSet<&Id> =
        was.pins.iter().chain(&is.pins).map(|pin| &pin.id).collect();
    ids.into_iter()
        .map(|id| (id.clone(), version(was, id), version(is, id)))
        .filter(|(_, was, is)| was != is)
        .collect()
}
