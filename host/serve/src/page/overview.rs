//! The front page: what is installed, its state, its powers, what it costs and
//! what went wrong last.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ctx_core::{Catalog, Halted, Host, HostError, Installed, Problem, Standing};
use ctx_model::SourceStatus;
use ctx_store::Runs;
use http::StatusCode;

use super::frame::Frame;
use super::html;
use super::moment::Moment;
use crate::app::App;
use crate::figures;
use crate::rejection::Rejection;
use crate::rest::blocking;

/// Bytes of a description, or of an error, in a table.
const WORDS: usize = 240;

/// Powers of one extension that are listed.
const POWERS: usize = 5;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    frame: Frame,
    warnings: Vec<String>,
    rows: Vec<Row>,
    broken: Vec<Problem>,
    hidden: Vec<(String, String)>,
    sources: Vec<Source>,
    has_workspace: bool,
}

/// An extension.
struct Row {
    name: String,
    version: String,
    kind: &'static str,
    description: String,
    place: String,
    layer: &'static str,
    roles: Vec<&'static str>,
    tools: Vec<String>,
    agents: Vec<String>,
    state: Condition,
    powers: Vec<Power>,
    more_powers: usize,
    cost: Option<Cost>,
}

/// How an extension is.
pub(super) struct Condition {
    pub(super) needs_grants: bool,
    /// `disabled` or `paused`, if it does not run.
    pub(super) halted: Option<&'static str>,
    pub(super) is_outdated: bool,
    /// What is wrong with the file that was to replace it.
    pub(super) replacement: Option<Problem>,
}

/// A power that was asked for.
struct Power {
    capability: &'static str,
    value: String,
    is_granted: bool,
}

/// What the last runs of an extension add up to.
struct Cost {
    calls: String,
    failed: u64,
    /// Of the role that runs most.
    p50: String,
    fuel: String,
    memory: String,
    last: Option<Failure>,
}

/// A run that did not end well.
pub(super) struct Failure {
    pub(super) time: Option<Moment>,
    pub(super) outcome: String,
    pub(super) message: String,
}

/// A source.
struct Source {
    name: String,
    extension: String,
    is_installed: bool,
    documents: String,
    synced: Option<Moment>,
    is_ready: bool,
    note: String,
}

/// Shows the front page.
pub(super) async fn show(State(app): State<Arc<App>>, frame: Frame) -> Result<Response, Rejection> {
    let catalog = app.host.catalog().await.map_err(|error| Rejection::from(&error))?;
    let runs = runs(&app.host, None).await?;
    let sources = match app.host.sources().await {
        Err(HostError::NoWorkspace { .. }) => Vec::new(),
        sources => sources.map_err(|error| Rejection::from(&error))?,
    };
    let rows: Result<Vec<Row>, HostError> =
        catalog.installed.values().map(|one| row(&app.host, &catalog, one, &runs)).collect();
    let page = Page {
        frame: frame.at("extensions"),
        warnings: warnings(&app.host, &catalog),
        rows: rows.map_err(|error| Rejection::from(&error))?,
        broken: catalog
            .problems
            .iter()
            .filter(|one| one.still_running.is_none())
            .cloned()
            .collect(),
        hidden: catalog.shadowed.iter().map(|(name, at)| (name.to_string(), at.clone())).collect(),
        sources: sources.into_iter().map(|status| source(&catalog, status)).collect(),
        has_workspace: app.host.has_workspace(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// Adds up the last runs. Without a workspace there are none.
pub(super) async fn runs(host: &Arc<Host>, name: Option<String>) -> Result<Vec<Runs>, Rejection> {
    blocking(host, move |host| match host.runs(name.as_deref()) {
        Err(HostError::NoWorkspace { .. }) => Ok(Vec::new()),
        runs => runs,
    })
    .await
}

fn warnings(host: &Host, catalog: &Catalog) -> Vec<String> {
    let mut warnings = host.warnings();
    warnings.extend(catalog.warnings.iter().cloned());
    if let Some((path, false)) = host.config_file() {
        warnings.push(format!(
            "the config `{}` is not trusted, so nothing that it grants counts; read it, and if it \
             is what you want, run `ctx trust`",
            path.display()
        ));
    }
    warnings.dedup();
    warnings
}

fn row(
    host: &Host,
    catalog: &Catalog,
    extension: &Installed,
    runs: &[Runs],
) -> Result<Row, HostError> {
    let standing = host.standing(extension)?;
    let state = state(host, catalog, extension, &standing);
    let asked = standing.requested.len();
    // What is missing is what one wants to see.
    let (granted, missing): (Vec<_>, Vec<_>) =
        standing.requested.into_iter().partition(|one| one.granted);
    let powers = missing.into_iter().chain(granted).take(POWERS).map(|one| Power {
        capability: one.capability,
        value: one.value,
        is_granted: one.granted,
    });
    let own: Vec<&Runs> =
        runs.iter().filter(|one| extension.name.as_str() == one.extension).collect();
    Ok(Row {
        name: extension.name.to_string(),
        version: extension.version.clone().unwrap_or_default(),
        kind: extension.form.as_str(),
        description: short(extension.description.as_deref().unwrap_or_default()),
        place: extension.place.clone(),
        layer: extension.layer.as_str(),
        roles: extension.roles.iter().map(|role| role.as_str()).collect(),
        tools: extension.tools.iter().map(|tool| tool.wire_name.clone()).collect(),
        agents: extension.agents.iter().map(|agent| agent.wire_name.clone()).collect(),
        state,
        powers: powers.collect(),
        more_powers: asked.saturating_sub(POWERS),
        cost: cost(&own),
    })
}

/// Tells how an extension is.
pub(super) fn state(
    host: &Host,
    catalog: &Catalog,
    extension: &Installed,
    standing: &Standing,
) -> Condition {
    Condition {
        halted: host.halted(extension).map(|halted| match halted {
            Halted::Disabled => "disabled",
            Halted::Paused { .. } => "paused",
        }),
        needs_grants: standing.requested.iter().any(|one| !one.granted),
        is_outdated: standing.outdated,
        replacement: catalog.replacement(&extension.name).cloned(),
    }
}

fn cost(runs: &[&Runs]) -> Option<Cost> {
    let busiest = runs.iter().max_by_key(|one| one.calls)?;
    let calls: u64 = runs.iter().map(|one| one.calls).sum();
    let fuel = runs.iter().fold(0_u64, |fuel, one| fuel.saturating_add(one.fuel));
    let newest = runs.iter().filter_map(|one| one.last_failure.as_ref()).max_by_key(|last| last.0);
    Some(Cost {
        calls: figures::count(calls),
        failed: runs.iter().flat_map(|one| one.failures.values()).sum(),
        p50: figures::duration(busiest.p50_us),
        fuel: figures::count(fuel / calls.max(1)),
        memory: figures::size(runs.iter().map(|one| one.peak_memory).max().unwrap_or_default()),
        last: newest.map(failure),
    })
}

/// Shows the newest run that did not end well.
pub(super) fn failure(last: &(i64, String, String)) -> Failure {
    let (time, outcome, message) = last;
    Failure { time: Moment::of_millis(*time), outcome: outcome.clone(), message: short(message) }
}

fn source(catalog: &Catalog, status: SourceStatus) -> Source {
    Source {
        is_installed: catalog.extension(&status.extension).is_some(),
        name: status.name,
        extension: status.extension,
        documents: figures::count(status.documents),
        synced: status.synced.and_then(Moment::of_seconds),
        is_ready: status.ready,
        note: short(&status.note.unwrap_or_default()),
    }
}

/// Cuts what would make a table unreadable.
pub(super) fn short(text: &str) -> String {
    ctx_model::shortened(text.to_owned(), WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_one_extension_are_added_up() {
        let tool = Runs {
            calls: 3,
            failures: [("fuel".to_owned(), 1)].into(),
            p50_us: 1_500,
            fuel: 900,
            peak_memory: 2048,
            last_failure: Some((1, "fuel".to_owned(), "old".to_owned())),
            ..Runs::default()
        };
        let agent = Runs {
            calls: 1,
            failures: [("trap".to_owned(), 1)].into(),
            p50_us: 9,
            fuel: 100,
            peak_memory: 1024,
            last_failure: Some((2, "trap".to_owned(), "new".to_owned())),
            ..Runs::default()
        };
        let cost = cost(&[&tool, &agent]).expect("there were runs");
        assert_eq!((&*cost.calls, cost.failed), ("4", 2));
        assert_eq!((&*cost.p50, &*cost.fuel, &*cost.memory), ("1.5 ms", "250", "2.0 KiB"));
        assert_eq!(cost.last.expect("one failed").message, "new");
        assert!(super::cost(&[]).is_none());
    }
}
