//! One extension: what it is, what it may do, what it offers, and how it does.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_core::{HostError, Installed, Problem, Requested};
use ctx_model::{format_bytes, format_duration};
use ctx_store::{JournalEntry, JournalFilter, LoggedFilter, LoggedLine, Runs};
use http::StatusCode;

use super::frame::Frame;
use super::html;
use super::moment::Moment;
use super::overview::{self, Failure, runs, short};
use super::shown::Text;
use crate::app::App;
use crate::figures;
use crate::problem;
use crate::rejection::Rejection;
use crate::rest::{Named, blocking, unknown};

/// Entries of the journal that are shown.
const ENTRIES: usize = 20;

/// Lines of the log that are shown.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "extension.html")]
struct Page {
    frame: Frame,
    name: String,
    version: String,
    description: String,
    state: overview::Condition,
    facts: Vec<(&'static str, String)>,
    notes: Vec<String>,
    powers: Vec<Power>,
    limits: Vec<(&'static str, String)>,
    offers: Vec<Offer>,
    runs: Vec<Row>,
    entries: Vec<Entry>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "broken.html")]
struct BrokenPage {
    frame: Frame,
    name: String,
    problems: Vec<Problem>,
}

/// A power that was asked for, and what to do if it is missing.
struct Power {
    capability: &'static str,
    value: String,
    is_granted: bool,
    /// What to type, if typing helps.
    command: String,
    note: &'static str,
}

/// Something that can be called.
struct Offer {
    role: &'static str,
    name: String,
    /// Where it can be tried.
    path: &'static str,
    description: String,
    hints: Vec<&'static str>,
}

/// What the last runs in one role add up to.
struct Row {
    role: String,
    calls: String,
    failures: Vec<(String, u64)>,
    p50: String,
    p95: String,
    fuel: String,
    memory: String,
    last: Option<Failure>,
}

/// One run.
struct Entry {
    time: Option<Moment>,
    role: String,
    name: String,
    outcome: String,
    is_ok: bool,
    message: String,
    took: String,
    fuel: String,
    memory: String,
    caller: String,
    request: String,
}

/// What it said.
struct Line {
    time: Option<Moment>,
    level: &'static str,
    message: String,
    fields: Vec<(String, String)>,
    request: String,
}

/// Shows an extension.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    frame: Frame,
    Named(name): Named,
) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let frame = frame.at("extensions");
    let Some(extension) = catalog.extension(&name) else {
        let problems: Vec<Problem> =
            catalog.problems.iter().filter(|one| one.name == name).cloned().collect();
        if problems.is_empty() {
            return Err(unknown("extension", name));
        }
        return Ok(html(StatusCode::OK, &BrokenPage { frame, name, problems }));
    };
    let standing = app.host.standing(extension).map_err(|error| Rejection::from(&error))?;
    let runs = runs(&app.host, Some(name.clone())).await?;
    let (entries, lines) = past(&app, name).await?;
    let state = overview::state(&app.host, &catalog, extension, &standing);
    let page = Page {
        frame,
        name: extension.name.to_string(),
        version: extension.version.clone().unwrap_or_default(),
        description: extension.description.clone().unwrap_or_default(),
        state,
        facts: facts(extension),
        notes: extension.notes.clone(),
        powers: standing.requested.into_iter().map(|one| power(extension, one)).collect(),
        limits: limits(extension),
        offers: offers(extension),
        runs: runs.into_iter().map(row).collect(),
        entries: entries.into_iter().map(entry).collect(),
        lines: lines.into_iter().rev().map(line).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// Reads what it did and said. Without a workspace nothing was kept.
async fn past(app: &App, name: String) -> Result<(Vec<JournalEntry>, Vec<LoggedLine>), Rejection> {
    blocking(&app.host, move |host| {
        let extension = Some(name);
        let filter = JournalFilter { extension: extension.clone(), ..JournalFilter::default() };
        let entries = match host.journal(&filter, ENTRIES) {
            Err(HostError::NoWorkspace { .. }) => return Ok((Vec::new(), Vec::new())),
            entries => entries?,
        };
        let filter = LoggedFilter { extension, ..LoggedFilter::default() };
        Ok((entries, host.logs(&filter, LINES)?))
    })
    .await
}

fn facts(extension: &Installed) -> Vec<(&'static str, String)> {
    let roles: Vec<&str> = extension.roles.iter().map(|role| role.as_str()).collect();
    let mut facts = vec![
        ("Roles", roles.join(", ")),
        ("Made of", extension.form.as_str().to_owned()),
        ("Layer", extension.layer.as_str().to_owned()),
        ("Place", extension.place.clone()),
        ("Digest", format!("sha256:{}", extension.digest)),
    ];
    facts.extend(extension.license.clone().map(|license| ("License", license)));
    if let Some(source) = &extension.source {
        let claims = [
            (source.incremental, "incremental"),
            (source.complete, "complete"),
            (source.streaming, "streaming"),
        ];
        let claims: Vec<&str> =
            claims.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
        let claims =
            if claims.is_empty() { String::new() } else { format!(" ({})", claims.join(", ")) };
        facts.push(("Connector", format!("{}{claims}", short(&source.description))));
    }
    facts
}

fn power(extension: &Installed, requested: Requested) -> Power {
    let Requested { capability, value, granted: is_granted } = requested;
    let (mut command, mut note) = (String::new(), "");
    if !is_granted {
        let name = &extension.name;
        match (capability, value.strip_prefix("read:")) {
            ("files", Some(setting)) if setting.starts_with('{') => {
                note = "granted by a source's settings in a trusted config";
            }
            ("files", folder) => {
                let folder = problem::quoted(&format!("{}=PATH", folder.unwrap_or(&value)));
                command = format!("ctx grant {name} files {folder}");
            }
            ("kv", _) => command = format!("ctx grant {name} kv"),
            ("unsafe", _) => note = "only the config's `[extensions] unsafe` allows it",
            _ => command = format!("ctx grant {name} {capability} {}", problem::quoted(&value)),
        }
    }
    Power { capability, value, is_granted, command, note }
}

fn limits(extension: &Installed) -> Vec<(&'static str, String)> {
    let limits = &extension.limits;
    vec![
        ("Time", format_duration(limits.time)),
        ("Fuel", figures::count(limits.fuel)),
        ("Memory", format_bytes(limits.memory)),
        ("Answer", format_bytes(limits.output)),
        ("Log", format_bytes(limits.log)),
        ("Host calls", figures::count(limits.host_calls)),
    ]
}

fn offers(extension: &Installed) -> Vec<Offer> {
    let tools = extension.tools.iter().map(|tool| {
        let hints = &tool.info.hints;
        let claims = [
            (hints.read_only, "read only"),
            (hints.destructive, "destructive"),
            (hints.idempotent, "idempotent"),
            (hints.open_world, "open world"),
        ];
        Offer {
            role: "tool",
            name: tool.wire_name.clone(),
            path: "/tools/",
            description: tool.info.description.clone(),
            hints: claims.into_iter().filter_map(|(is, word)| is.then_some(word)).collect(),
        }
    });
    let agents = extension.agents.iter().map(|agent| Offer {
        role: "agent",
        name: agent.wire_name.clone(),
        path: "/agents/",
        description: agent.info.description.clone(),
        hints: Vec::new(),
    });
    tools.chain(agents).collect()
}

fn row(runs: Runs) -> Row {
    Row {
        calls: figures::count(runs.calls),
        p50: figures::duration(runs.p50_us),
        p95: figures::duration(runs.p95_us),
        fuel: figures::count(runs.fuel / runs.calls.max(1)),
        memory: figures::size(runs.peak_memory),
        last: runs.last_failure.as_ref().map(overview::failure),
        failures: runs.failures.into_iter().collect(),
        role: runs.role,
    }
}

fn entry(entry: JournalEntry) -> Entry {
    Entry {
        time: Moment::of_millis(entry.time),
        is_ok: entry.outcome == "ok",
        message: Text::of(&entry.message.unwrap_or_default()).text,
        took: figures::duration(entry.wall_us),
        fuel: figures::count(entry.fuel),
        memory: figures::size(entry.peak_memory),
        role: entry.role,
        name: entry.name,
        outcome: entry.outcome,
        caller: entry.caller.unwrap_or_default(),
        request: entry.request.unwrap_or_default(),
    }
}

fn line(line: LoggedLine) -> Line {
    Line {
        time: Moment::of_millis(line.time),
        level: line.level.as_str(),
        message: line.message,
        fields: line.fields,
        request: line.request.unwrap_or_default(),
    }
}
