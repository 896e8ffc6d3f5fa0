//! Figures, each a ratio or a bound, both sides measured in this one run.
//!
//! `cargo xtask bench` prints a table and writes `target/bench.json`. Nothing
//! here fails a build: machines differ, and a figure is for reading.

mod calls;
mod compute;
mod crowd;
mod fairness;
mod figure;
mod files;
mod history;
mod hooks;
mod http;
mod lookups;
mod native;
mod pressure;
mod protocols;
mod registry;
mod sandboxed;
mod searches;
mod server;
mod serving;
mod starts;
mod state;
mod stopwatch;
mod syncs;
mod transforms;
mod workspace;

use std::path::PathBuf;

use anyhow::Result;

use crate::figure::Figure;

fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let Some((stopwatch::PARENT, command)) =
        given.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return stopwatch::be_parent(command);
    }
    let mut only = Vec::new();
    let mut ctx = PathBuf::from("target/release/ctx");
    let mut out = PathBuf::from("target/bench.json");
    let mut history = PathBuf::from("target/bench-history.jsonl");
    let mut arguments = given.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--ctx" => ctx = value().into(),
            "--out" => out = value().into(),
            "--history" => history = value().into(),
            // The name of a group: calls, lua, syncs, searches, starts, serving,
            // protocols,
            // crowd, fairness, pressure, lookups, files, transforms, state, hooks,
            // registry.
            group => only.push(group.to_owned()),
        }
    }
    let wanted = |group: &str| only.is_empty() || only.iter().any(|one| one == group);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut figures: Vec<Figure> = Vec::new();
    if wanted("starts") {
        figures.extend(starts::measure(&ctx)?);
    }
    if wanted("calls") {
        figures.extend(runtime.block_on(calls::measure(&ctx))?);
    }
    if wanted("lua") {
        figures.extend(runtime.block_on(compute::measure())?);
    }
    if wanted("syncs") {
        figures.extend(syncs::measure(&ctx)?);
    }
    if wanted("searches") {
        figures.extend(runtime.block_on(searches::measure())?);
    }
    if wanted("serving") {
        figures.extend(serving::measure(&ctx)?);
    }
    if wanted("protocols") {
        figures.extend(protocols::measure(&ctx)?);
    }
    if wanted("crowd") {
        figures.extend(crowd::measure(&ctx)?);
    }
    if wanted("fairness") {
        figures.extend(fairness::measure(&ctx)?);
    }
    if wanted("pressure") {
        figures.extend(pressure::measure(&ctx)?);
    }
    if wanted("lookups") {
        figures.extend(lookups::measure(&ctx)?);
    }
    if wanted("transforms") {
        figures.extend(runtime.block_on(transforms::measure(&ctx))?);
    }
    if wanted("files") {
        figures.extend(runtime.block_on(files::measure(&ctx))?);
    }
    if wanted("hooks") {
        figures.extend(runtime.block_on(hooks::measure())?);
    }
    if wanted("state") {
        figures.extend(state::measure()?);
    }
    if wanted("registry") {
        figures.extend(registry::measure(&ctx)?);
    }
    let before = history::last(&history);
    figure::print(&figures, &before);
    history::append(&figures, &history)?;
    figure::write(&figures, &out)
}
