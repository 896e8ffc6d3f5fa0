//! `ctx sync`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ctx_core::{Host, SyncEvent, SyncOptions, SyncReport};
use ctx_model::{Caller, Usage};
use ctx_serve::problem::{Class, Problem, Refused};
use ctx_serve::wire;

use super::{Done, done, offer};
use crate::args::{Global, Sync};
use crate::diagnostic;
use crate::exit_code;
use crate::report::Report;
use crate::terminal::plain;

/// How often a long sync says how far it is.
const EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(host: &Host, sync: &Sync, global: &Global, report: &Report) -> Done {
    let names = match sync.sources.as_slice() {
        [] => {
            let sources = host.sources().await.map_err(|error| Problem::from(&error))?;
            sources.into_iter().filter(|source| source.ready).map(|source| source.name).collect()
        }
        names => names.to_vec(),
    };
    if names.is_empty() {
        return Err(diagnostic::refused("ctx::sync::nothing", "the config names no source")
            .with_help("add `[sources.NAME]` with `extension = \"…\"` to .ctx/config.toml"));
    }
    let stop = stop_on_ctrl_c();
    let mut worst: Option<Problem> = None;
    for name in names {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if let Err(mut problem) = one(host, &name, sync.full, &stop, global, report).await {
            if problem.class != Class::Refused(Refused::Unknown) {
                problem.message = format!("source `{name}`: {}", problem.message);
            }
            // One source that fails is no reason to leave out the others.
            if let Some(earlier) = worst.replace(problem) {
                report.problem(&earlier);
            }
        }
    }
    match worst {
        Some(problem) => Err(problem),
        None if stop.load(Ordering::Relaxed) => Ok(ExitCode::from(exit_code::FAILED)),
        None => done(),
    }
}

async fn one(
    host: &Host,
    name: &str,
    full: bool,
    stop: &Arc<AtomicBool>,
    global: &Global,
    report: &Report,
) -> Result<(), Problem> {
    loop {
        let started = Instant::now();
        let mut said = Instant::now();
        let options = SyncOptions { full, stop: stop.clone(), caller: Caller::default() };
        let mut events = |event: SyncEvent| match event {
            SyncEvent::Page { documents, total } if said.elapsed() >= EVERY => {
                said = Instant::now();
                let of = total.map_or_else(String::new, |total| format!(" of {total}"));
                report.say(format!("{name}: {documents}{of} documents so far"));
            }
            SyncEvent::Again => {
                report.say(format!("{name}: walking once more, to find what is gone"));
            }
            SyncEvent::Page { .. } | SyncEvent::Started { .. } => {}
        };
        let receipt =
            host.sync(name, &options, &mut events).await.map_err(|error| Problem::from(&error))?;
        match &receipt.outcome {
            Ok(done) => {
                show(report, name, done, &receipt.usage, started.elapsed());
                return Ok(());
            }
            Err(error) => {
                if !offer(host, error, global, report).await? {
                    return Err(error.into());
                }
            }
        }
    }
}

fn show(report: &Report, name: &str, done: &SyncReport, usage: &Usage, took: Duration) {
    if report.json {
        report.data_line(&wire::Synced::new(name, done, usage));
        return;
    }
    let SyncReport { documents, added, changed, unchanged, removed, skipped, .. } = done;
    let stopped = if done.stopped { ", stopped before its end" } else { "" };
    report.line(format!(
        "Synced `{name}`: {documents} documents, {added} added, {changed} changed, \
         {unchanged} unchanged, {removed} removed, {skipped} skipped in {:.1}s{stopped}",
        took.as_secs_f64()
    ));
    for skip in &done.skips {
        let id = skip.id.as_deref().unwrap_or("(no id)");
        report.say(format!("  skipped {}: {}", plain(id), plain(&skip.reason)));
    }
    let named = done.skips.len() as u64;
    if *skipped > named {
        report.say(format!("  and {} more", skipped - named));
    }
}

/// Waits for Ctrl-C, or for a supervisor's word.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

/// The first Ctrl-C stops after the page under way; a second one at once.
fn stop_on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        set.store(true, Ordering::Relaxed);
        if tokio::signal::ctrl_c().await.is_ok() {
            // 128 and the signal's number, as a shell would say it.
            #[expect(clippy::exit, reason = "asked for twice")]
            std::process::exit(130);
        }
    });
    stop
}
