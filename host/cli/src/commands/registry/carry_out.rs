//! From a plan to what is in use: shown, agreed to, fetched, checked, tried,
//! and activated in one step. Until that step nothing has changed.

use std::collections::BTreeMap;

use ctx_conformance::{Options, check_extension};
use ctx_core::{ConformanceRow, Consent, Host, note_conformance};
use ctx_registry::archive::Files;
use ctx_registry::{
    Change, Intent, Lock, Plan, RegistryError, Signature, Step, fetch, find, keys, seen, store,
};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Desk, blocking, problem};
use crate::args::{Global, How};
use crate::diagnostic;
use crate::report::Report;
use crate::terminal::{self, on_one_line};

/// Works out what would change.
pub(super) fn plan<'a>(desk: &'a Desk, lock: &Lock, intent: &Intent) -> Result<Plan<'a>, Problem> {
    let mut broken = None;
    for shelf in &desk.shelves {
        if let Err(error) = keys::pinned(&desk.places.state, &shelf.registry) {
            broken = Some(error);
        }
    }
    // Taken for none, a list of keys that cannot be read would trust anybody.
    if let Some(error) = broken {
        return Err(problem(&error));
    }
    let keys = |shelf: &ctx_registry::Shelf| {
        keys::pinned(&desk.places.state, &shelf.registry).unwrap_or_default()
    };
    let plan = ctx_registry::plan(&desk.shelves, lock, intent, &keys, &ctx_core::speaks)
        .map_err(|error| problem(&error))?;
    for pin in &plan.lock.pins {
        let found = find(&desk.shelves, &pin.id).map_err(|error| problem(&error))?;
        if let Some((shelf, versions)) = found {
            seen::hold(&desk.places.state, &shelf.registry, &versions)
                .map_err(|error| problem(&error))?;
        }
    }
    Ok(plan)
}

/// Carries a plan out. Returns what was taken into use.
pub(super) async fn carry_out(
    desk: &Desk,
    lock: &Lock,
    plan: &Plan<'_>,
    how: How,
    global: &Global,
    report: &Report,
) -> Result<Vec<Value>, Problem> {
    if plan.lock == *lock {
        return Ok(Vec::new());
    }
    desk.check_workspace()?;
    if how.frozen {
        let why = match plan.steps.first() {
            Some(step) => format!("`{}` would become {}", step.id, step.known.record.version),
            None => "something would be taken out of it".to_owned(),
        };
        return Err(problem(&RegistryError::Frozen { why }));
    }
    for step in &plan.steps {
        desk.vouch(&step.shelf.registry)?;
        show(step, report);
    }
    agree(plan, how, global)?;
    let mut fetched = Vec::new();
    for step in &plan.steps {
        let files = blocking(|| fetch(step.shelf, &step.id, &step.known, how.offline));
        fetched.push(files.map_err(|error| problem(&error))?);
    }
    for (step, files) in plan.steps.iter().zip(&fetched) {
        conform(desk, step, files).await?;
    }
    let granted = grants_before(plan, global, report).await?;
    for (step, files) in plan.steps.iter().zip(&fetched) {
        store::keep(&desk.places.data, &step.known.record.sha256, files)
            .map_err(|error| problem(&error))?;
        if let Signature::First { key } = &step.signature {
            keys::pin(&desk.places.state, &step.shelf.registry, key)
                .map_err(|error| problem(&error))?;
            report.say(format!("From now on `{key}` signs for `{}`", step.shelf.registry.name));
        }
    }
    plan.lock.activate(&desk.workspace).map_err(|error| problem(&error))?;
    grant(plan, &granted, global, report).await?;
    Ok(told(plan, report))
}

/// Shows what a version asks for, held against the one before it.
fn show(step: &Step<'_>, report: &Report) {
    let record = &step.known.record;
    let from = step.from.as_ref().map(|pin| format!(" (now {})", pin.version)).unwrap_or_default();
    report.say(format!(
        "{} {}{from} from {}, {}, {} bytes",
        step.id,
        record.version,
        step.shelf.registry.name,
        step.signature.as_str(),
        record.size
    ));
    for power in &step.powers {
        let (sign, value) = (power.change.sign(), on_one_line(&power.value));
        report.say(format!("  {sign} {} {value}", power.capability));
    }
}

/// Asks, if anything has to be agreed to.
fn agree(plan: &Plan<'_>, how: How, global: &Global) -> Result<(), Problem> {
    let asks: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| Some(format!("`{}`: {}", step.id, step.asks()?)))
        .collect();
    if asks.is_empty() || how.yes {
        return Ok(());
    }
    let what = asks.join("; ");
    if !terminal::can_ask(global) {
        return Err(problem(&RegistryError::Consent { what }));
    }
    if terminal::agrees(&format!("{what}. Install and grant it?")) {
        Ok(())
    } else {
        Err(problem(&RegistryError::Declined))
    }
}

/// Runs the suite on a version, on a host of its own with nothing granted.
async fn conform(desk: &Desk, step: &Step<'_>, files: &Files) -> Result<(), Problem> {
    let folder = tempfile::tempdir()
        .map_err(|error| diagnostic::machine("there is no room for a trial", &error))?;
    let path = folder.path().join(&step.id.name);
    store::unpack(&path, files).map_err(|error| problem(&error))?;
    let id = step.id.to_string();
    if !ctx_core::is_extension(&path) {
        let why = "there is neither a script nor a component in it".to_owned();
        return Err(problem(&RegistryError::Archive { id, why }));
    }
    // What its manifest asks for is what its record says, or somebody lies.
    let looked = ctx_core::look(&path)
        .map_err(|why| problem(&RegistryError::Archive { id: id.clone(), why }))?;
    if looked.manifest.requests != step.known.record.requests {
        let why = "its manifest asks for other powers than its record says".to_owned();
        return Err(problem(&RegistryError::Archive { id, why }));
    }
    let options = Options { code: Some(desk.places.clone()), ..Options::default() };
    let scorecard = check_extension(&path, &options).await;
    // What cannot be kept is found out again.
    let rows = scorecard.tested.iter().map(ConformanceRow::from).collect();
    drop(note_conformance(&desk.places, rows));
    if scorecard.passed() {
        return Ok(());
    }
    let why = format!("{}{}", scorecard.text(), scorecard.summary());
    Err(problem(&RegistryError::Conformance { id, why: why.trim().to_owned() }))
}

type Grants = BTreeMap<String, Vec<(String, String)>>;

/// Notes what the versions before were granted.
async fn grants_before(
    plan: &Plan<'_>,
    global: &Global,
    report: &Report,
) -> Result<Grants, Problem> {
    let mut granted = Grants::new();
    if plan.steps.iter().all(|step| step.from.is_none()) {
        return Ok(granted);
    }
    let host = crate::commands::open(global, &Report::quiet(report), false)?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    for step in plan.steps.iter().filter(|step| step.from.is_some()) {
        let Ok(name) = step.id.extension() else { continue };
        let Some(extension) = catalog.extension(name.as_str()) else { continue };
        let standing = host.standing(extension).map_err(|error| Problem::from(&error))?;
        let all = standing.requested.into_iter().filter(|one| one.granted);
        // A folder of its own needs no grant, and another's path is not shown.
        let all = all.filter(|one| !matches!(one.capability, "files" | "unsafe"));
        granted.insert(
            name.to_string(),
            all.map(|one| (one.capability.to_owned(), one.value)).collect(),
        );
    }
    Ok(granted)
}

/// Grants what was agreed to: all that a new one asks for, and of one that was
/// here before what it had and what came with this version.
async fn grant(
    plan: &Plan<'_>,
    before: &Grants,
    global: &Global,
    report: &Report,
) -> Result<(), Problem> {
    let asks = |step: &&Step<'_>| step.powers.iter().any(|one| one.change != Change::Dropped);
    if !plan.steps.iter().any(|step| asks(&step)) {
        return Ok(());
    }
    let host = crate::commands::open(global, &Report::quiet(report), false)?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    for step in plan.steps.iter().filter(asks) {
        let Ok(name) = step.id.extension() else { continue };
        let Some(extension) = catalog.extension(name.as_str()) else {
            report.warn(format!("`{name}` is installed and cannot be used: run `ctx ext list`"));
            continue;
        };
        if step.from.is_none() {
            host.grant(extension, &Consent::Everything).map_err(|error| Problem::from(&error))?;
            continue;
        }
        let added = step.powers.iter().filter(|one| one.change == Change::Added);
        let added = added.map(|one| (one.capability.to_owned(), one.value.clone()));
        let had = before.get(name.as_str()).cloned().unwrap_or_default();
        for (capability, value) in had.into_iter().chain(added) {
            if matches!(capability.as_str(), "files" | "unsafe" | "inject") {
                continue;
            }
            grant_one(&host, extension, capability, value, report);
        }
    }
    Ok(())
}

fn grant_one(
    host: &Host,
    extension: &ctx_core::Installed,
    capability: String,
    value: String,
    report: &Report,
) {
    let consent = Consent::Values { capability, values: vec![value] };
    if let Err(error) = host.grant(extension, &consent) {
        // It asks for that no more, or in other words.
        report.say(format!("not granted again: {error}"));
    }
}

/// Says what was done.
fn told(plan: &Plan<'_>, report: &Report) -> Vec<Value> {
    let mut rows = Vec::new();
    for step in &plan.steps {
        let (id, version) = (&step.id, &step.known.record.version);
        let from = step.from.as_ref().map(|pin| pin.version.to_string());
        if !report.json {
            report.line(match &from {
                Some(from) => format!("Updated {id} {from} -> {version}"),
                None => format!("Installed {id} {version}"),
            });
        }
        let mut row = json!({
            "id": id.to_string(), "version": version, "registry": step.shelf.registry.name,
            "sha256": step.known.record.sha256, "signature": step.signature.as_str(),
        });
        if let Some(from) = from {
            row["from"] = from.into();
        }
        rows.push(row);
    }
    for pin in &plan.dropped {
        if !report.json {
            report.line(format!("Removed {} {}", pin.id, pin.version));
        }
        rows.push(json!({"id": pin.id.to_string(), "removed": pin.version}));
    }
    rows
}
