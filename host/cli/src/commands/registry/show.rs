//! `ctx registry list|search|info|outdated`: what there is. Nothing of it runs.

use std::fs;
use std::path::{Path, PathBuf};

use ctx_model::Role;
use ctx_registry::index::{self, Versions};
use ctx_registry::manifest::Entry;
use ctx_registry::{Id, Link, RegistryError, Shelf, chain, find, reason, winners};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Desk, problem};
use crate::commands::{Done, done};
use crate::report::Report;
use crate::terminal::on_one_line;

pub(super) fn list(desk: &Desk, report: &Report) -> Done {
    let listed: Vec<&Shelf> = desk
        .shelves
        .iter()
        .filter(|one| one.registry.name != ctx_registry::PROJECT || !one.entries.is_empty())
        .collect();
    let all = all(desk);
    if report.json {
        let registries: Vec<Value> = listed.iter().copied().map(registry).collect();
        let extensions: Vec<Value> = all.iter().map(extension).collect();
        report.data(&json!({ "registries": registries, "extensions": extensions }));
        return done();
    }
    if listed.is_empty() {
        report.line("No registries configured.");
        report.say("Run `ctx registry init` to install the community's registry");
        return done();
    }
    report.line("Registries:\n");
    for shelf in &listed {
        let one = &shelf.registry;
        let git = if one.url.is_some() { " (git)" } else { "" };
        let readonly = if one.readonly { " [readonly]" } else { "" };
        report.line(format!("  {} — {}{git}{readonly}", one.name, one.path.display()));
        let (connectors, tools, agents) = shelf.counts();
        report.line(format!("    {connectors} connectors, {tools} tools, {agents} agents"));
    }
    report.line("\nAvailable extensions:\n");
    for role in [Role::Agent, Role::Connector, Role::Tool] {
        let of_role: Vec<&Shown<'_>> = all.iter().filter(|one| one.id.role == role).collect();
        if of_role.is_empty() {
            continue;
        }
        report.line(format!("  {role}s:"));
        for one in of_role {
            report.line(format!("    {}", line(one, &one.id.name)));
        }
    }
    done()
}

pub(super) fn search(desk: &Desk, query: &str, report: &Report) -> Done {
    let all = all(desk);
    let found: Vec<&Shown<'_>> = all.iter().filter(|one| one.entry.matches(query)).collect();
    if report.json {
        let extensions: Vec<Value> = found.iter().copied().map(extension).collect();
        report.data(&json!({ "extensions": extensions }));
        return done();
    }
    if found.is_empty() {
        report.line(format!("No extensions matching '{query}'."));
        return done();
    }
    report.line(format!("Found {} extensions matching '{query}':\n", found.len()));
    for one in found {
        report.line(format!("  {}", line(one, &one.id.to_string())));
    }
    done()
}

/// An extension as lists show it.
struct Shown<'a> {
    id: Id,
    entry: Entry,
    shelf: &'a Shelf,
}

/// Lists the winners: what manifests and folders show, and what the index of a
/// registry has beside it.
fn all(desk: &Desk) -> Vec<Shown<'_>> {
    let mut all: Vec<Shown<'_>> = winners(&desk.shelves)
        .into_iter()
        .map(|Link { shelf, entry }| {
            let links = chain(&desk.shelves, &entry.id);
            let said = links.iter().find(|link| !link.entry.description.is_empty());
            let entry = said.map_or(entry, |link| link.entry).clone();
            Shown { id: entry.id.clone(), entry, shelf }
        })
        .collect();
    let mut known: std::collections::BTreeSet<Id> = all.iter().map(|one| one.id.clone()).collect();
    for shelf in &desk.shelves {
        for id in index::list(&shelf.registry.path) {
            if known.insert(id.clone()) {
                let mut entry = Entry::plain(id.clone(), index::path(&id));
                let newest = index::read(&shelf.registry.path, &id).ok().flatten();
                let newest = newest.as_ref().and_then(Versions::newest);
                entry.description =
                    newest.map(|one| one.record.description.clone()).unwrap_or_default();
                all.push(Shown { id, entry, shelf });
            }
        }
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn line(one: &Shown<'_>, name: &str) -> String {
    let tags = match one.entry.tags.as_slice() {
        [] => String::new(),
        tags => format!(" [{}]", tags.join(", ")),
    };
    let description = on_one_line(&one.entry.description);
    format!("{name} — {description}{} (from: {})", on_one_line(&tags), one.shelf.registry.name)
}

fn registry(shelf: &Shelf) -> Value {
    let (connectors, tools, agents) = shelf.counts();
    let one = &shelf.registry;
    let mut shown = json!({
        "name": one.name, "path": one.path, "readonly": one.readonly,
        "installed": one.path.is_dir(),
        "connectors": connectors, "tools": tools, "agents": agents,
    });
    if let Some(url) = &one.url {
        shown["url"] = ctx_model::without_user(url).into();
    }
    shown
}

fn extension(one: &Shown<'_>) -> Value {
    json!({
        "id": one.id.to_string(), "role": one.id.role.as_str(), "name": one.id.name,
        "description": one.entry.description, "tags": one.entry.tags,
        "registry": one.shelf.registry.name,
    })
}

/// One place in which an extension is found.
struct Place {
    name: String,
    path: PathBuf,
    why: String,
}

pub(super) fn info(desk: &Desk, text: &str, report: &Report) -> Done {
    let id: Id = text.parse().map_err(|error| problem(&error))?;
    let places = found(desk, &id)?;
    let links = chain(&desk.shelves, &id);
    let versions = find(&desk.shelves, &id).map_err(|error| problem(&error))?;
    let Some(winner) = places.first() else {
        return Err(unknown(desk, &id));
    };
    let lock = desk.lock()?;
    let pin = lock.pin(&id);
    let plain = Entry::plain(id.clone(), String::new());
    // A copy says nothing of itself; what it was copied from does.
    let said = links.iter().find(|link| !link.entry.description.is_empty());
    let entry = said.or(links.first()).map_or(&plain, |link| link.entry);
    let newest = versions.as_ref().and_then(|(_, versions)| versions.newest());
    let description = match newest {
        Some(newest) if entry.description.is_empty() => &newest.record.description,
        _ => &entry.description,
    };
    let folder = links.first().and_then(|link| link.shelf.folder(link.entry).ok());
    let readme = folder.and_then(|folder| fs::read_to_string(folder.join("README.md")).ok());
    if report.json {
        let chain: Vec<Value> = places
            .iter()
            .enumerate()
            .map(|(at, one)| {
                json!({"from": one.name, "path": one.path, "why": one.why, "wins": at == 0})
            })
            .collect();
        let mut data = json!({
            "id": id.to_string(), "description": description, "tags": entry.tags,
            "required_config": entry.required_config, "host_apis": entry.host_apis,
            "tools": entry.tools, "chain": chain,
        });
        if let Some((_, versions)) = &versions {
            data["versions"] = versions.all.values().map(version).collect();
        }
        if let Some(pin) = pin {
            data["installed"] = json!({"version": pin.version, "sha256": pin.sha256});
        }
        report.data(&data);
        return done();
    }
    report.line(format!("Extension: {id}"));
    report.line(format!("Registry:  {}", winner.name));
    report.line(format!("Script:    {}", winner.path.display()));
    let list = |label: &str, all: &[String]| {
        if !all.is_empty() {
            report.line(format!("{label} {}", on_one_line(&all.join(", "))));
        }
    };
    list(
        "Description:",
        &[description.clone()].into_iter().filter(|d| !d.is_empty()).collect::<Vec<_>>(),
    );
    list("Tags:", &entry.tags);
    list("Required config:", &entry.required_config);
    list("Host APIs:", &entry.host_apis);
    list("Tools:", &entry.tools);
    if let Some((_, versions)) = &versions {
        let words = versions.all.values().map(|one| match &one.yanked {
            Some(reason) => format!("{} (yanked: {reason})", one.record.version),
            None => one.record.version.to_string(),
        });
        list("Versions:", &words.collect::<Vec<_>>());
    }
    if let Some(said) = newest.and_then(|newest| newest.record.conformance.as_ref()) {
        let (passed, failed, suite) = (said.passed, said.failed, on_one_line(&said.suite));
        report.line(format!("Conformance: {passed} passed, {failed} failed (suite of {suite})"));
    }
    if let Some(newest) = newest {
        for power in ctx_registry::compare(None, newest.record.requests.as_ref()) {
            report.line(format!("Asks for: {} {}", power.capability, on_one_line(&power.value)));
        }
    }
    if let Some(pin) = pin {
        report.line(format!("Installed: {} sha256:{}", pin.version, pin.sha256));
    }
    report.line("\nFound in, the nearest first:");
    for (at, one) in places.iter().enumerate() {
        let mark = if at == 0 { "used" } else { "    " };
        report.line(format!("  {mark} {} — {} ({})", one.name, one.path.display(), one.why));
    }
    if let Some(readme) = readme {
        report.line(format!("\n--- README ---\n\n{}", readme.trim_end()));
    }
    done()
}

/// Lists every place in which an extension is, the one that is used first.
fn found(desk: &Desk, id: &Id) -> Result<Vec<Place>, Problem> {
    let mut places = Vec::new();
    if let Some(file) = &desk.configured.file
        && let Some(path) = entry_of(file, id)
    {
        let path = desk.places.resolve(&desk.workspace, &path);
        let why = format!("`[{}s.script.{}]` of the config names it", id.role, id.name);
        places.push(Place { name: file.display().to_string(), path, why });
    }
    let dropped = desk.workspace.join(".ctx/extensions");
    for name in [id.name.clone(), format!("{}.lua", id.name), format!("{}.wasm", id.name)] {
        let path = dropped.join(name);
        if path.exists() && ctx_core::is_extension(&path) {
            let why = "dropped into this workspace".to_owned();
            places.push(Place { name: "workspace".to_owned(), path, why });
        }
    }
    let lock = desk.lock()?;
    let pinned = lock.pin(id).map(|pin| Place {
        name: pin.registry.clone(),
        path: ctx_registry::store::folder(&desk.places.data, &pin.sha256),
        why: format!("`ctx.lock` pins {}", pin.version),
    });
    let mut pinned = pinned.into_iter();
    for link in chain(&desk.shelves, id) {
        if ctx_registry::distance(&link.shelf.registry) > 1 {
            places.extend(pinned.next());
        }
        let path = link.shelf.path(link.entry).map_err(|error| problem(&error))?;
        let why = reason(&link.shelf.registry).to_owned();
        places.push(Place { name: link.shelf.registry.name.clone(), path, why });
    }
    places.extend(pinned.next());
    for shelf in &desk.shelves {
        let is_listed = shelf.entries.contains_key(id);
        if !is_listed && matches!(index::read(&shelf.registry.path, id), Ok(Some(_))) {
            let path = shelf.registry.path.join(index::path(id));
            let why = "its index has versions".to_owned();
            places.push(Place { name: shelf.registry.name.clone(), path, why });
        }
    }
    Ok(places)
}

/// Finds the script that an entry of the config names.
fn entry_of(file: &Path, id: &Id) -> Option<String> {
    let table: toml::Table = fs::read_to_string(file).ok()?.parse().ok()?;
    let all = table.get(&format!("{}s", id.role))?.get("script")?;
    all.get(&id.name)?.get("path")?.as_str().map(str::to_owned)
}

/// Says that there is no such extension, and what is like it.
pub(super) fn unknown(desk: &Desk, id: &Id) -> Problem {
    let error = problem(&RegistryError::Unknown(id.to_string()));
    let is_near = |other: &Id| other.name.contains(&id.name) || id.name.contains(&other.name);
    let near: Vec<String> = all(desk)
        .iter()
        .filter(|one| is_near(&one.id))
        .take(3)
        .map(|one| format!("`{}`", one.id))
        .collect();
    if near.is_empty() {
        error
    } else {
        error.with_help(format!("did you mean {}?", near.join(", ")))
    }
}

fn version(one: &index::Known) -> Value {
    let mut data = one.raw.clone();
    if let (Some(data), Some(reason)) = (data.as_object_mut(), &one.yanked) {
        data.insert("yanked".to_owned(), reason.clone().into());
    }
    data
}

pub(super) fn outdated(desk: &Desk, report: &Report) -> Done {
    let mut rows = Vec::new();
    for pin in desk.lock()?.pins {
        let found = find(&desk.shelves, &pin.id).map_err(|error| problem(&error))?;
        let Some((shelf, versions)) = found else { continue };
        let yanked = versions.all.get(&pin.version).and_then(|known| known.yanked.clone());
        let newest = versions.newest().map(|known| known.record.version.clone());
        let newer = newest.filter(|newest| *newest > pin.version);
        if newer.is_some() || yanked.is_some() {
            rows.push((pin, shelf.registry.name.clone(), newer, yanked));
        }
    }
    if report.json {
        let all: Vec<Value> = rows
            .iter()
            .map(|(pin, registry, newer, yanked)| {
                let mut row =
                    json!({"id": pin.id.to_string(), "version": pin.version, "registry": registry});
                if let Some(newer) = newer {
                    row["newest"] = newer.to_string().into();
                }
                if let Some(reason) = yanked {
                    row["yanked"] = reason.clone().into();
                }
                row
            })
            .collect();
        report.data(&json!({ "outdated": all }));
        return done();
    }
    if rows.is_empty() {
        report.line("Everything is up to date.");
    }
    for (pin, registry, newer, yanked) in rows {
        let newer = newer.map(|newer| format!(" -> {newer}")).unwrap_or_default();
        let yanked = yanked.map(|reason| format!(", yanked: {reason}")).unwrap_or_default();
        report.line(format!("{} {}{newer} (from: {registry}{yanked})", pin.id, pin.version));
    }
    done()
}
