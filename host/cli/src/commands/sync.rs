//! `ctx sync`: a few sources at a time, reported in the order they were named.

mod show;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ctx_core::{Host, HostError, SyncOptions, SyncReport, Unspecified};
use ctx_model::{CallError, Receipt};
use ctx_serve::problem::{CONFIG, Class, Problem, Refused};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Done, done, offer};
use crate::args::{Global, Sync};
use crate::progress::{Manner, Meter};
use crate::report::Report;
use crate::{diagnostic, exit_code};

/// Sources that are walked at once: most wait for a network, and all share one
/// database.
const AT_ONCE: usize = 4;

/// How a sync of one source ended.
type Ended = Result<Receipt<SyncReport>, HostError>;

pub(crate) async fn run(host: &Arc<Host>, sync: &Sync, global: &Global, report: &Report) -> Done {
    let all = ["all".to_owned()];
    let specifiers = if sync.sources.is_empty() { &all[..] } else { &sync.sources };
    let names = host.specified(specifiers).map_err(|why| unspecified(&why))?;
    // Without a workspace every source would say the same.
    host.check_workspace().map_err(|error| Problem::from(&error))?;
    let stop = stop_on_ctrl_c();
    let options = SyncOptions {
        full: sync.full,
        stop: stop.clone(),
        since: sync.since,
        until: sync.until,
        limit: sync.limit,
        dry_run: sync.dry_run,
        ..SyncOptions::default()
    };
    if names.len() > 1 && !report.json {
        report.line(format!("Syncing {} connector instances...", names.len()));
    }
    let manner = Manner::of(sync.progress, sync.no_progress, global.quiet);
    let mut failed = Vec::new();
    for (name, running) in start(host, &names, &options, manner) {
        match joined(running).await {
            Err(error) => failed.push((name, Problem::from(&error), None)),
            Ok(Receipt { outcome: Ok(done), usage }) => {
                show::report(report, &name, &done, &usage, sync.dry_run);
            }
            Ok(Receipt { outcome: Err(error), .. }) => {
                failed.push((name, Problem::from(&error), Some(error)));
            }
        }
    }
    let failed = agreed(host, failed, &options, manner, global, report).await?;
    end(names.len(), failed, &stop, report)
}

/// Starts all, of which a few run at a time.
fn start(
    host: &Arc<Host>,
    names: &[String],
    options: &SyncOptions,
    manner: Manner,
) -> Vec<(String, JoinHandle<Ended>)> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let one = |name: &String| {
        let (host, turns, options) = (host.clone(), turns.clone(), options.clone());
        let source = name.clone();
        let running = tokio::spawn(async move {
            // Nobody closes it; and without a turn it would only be slower.
            let turn = turns.acquire_owned().await.ok();
            let ended = once(&host, &source, &options, manner.meter(&source)).await;
            drop(turn);
            ended
        });
        (name.clone(), running)
    };
    names.iter().map(one).collect()
}

async fn once(host: &Host, name: &str, options: &SyncOptions, mut meter: Meter) -> Ended {
    let ended = host.sync(name, options, &mut |event| meter.note(&event)).await;
    if let Ok(Receipt { outcome: Ok(done), .. }) = &ended
        && !done.stopped
    {
        meter.finished(done.documents);
    }
    ended
}

async fn joined(running: JoinHandle<Ended>) -> Ended {
    match running.await {
        Ok(ended) => ended,
        Err(error) => {
            let why = format!("the sync was cut short: {error}");
            Ok(Receipt::refused(ctx_model::Refusal::NotReady { why }))
        }
    }
}

/// A source that failed, how that is told, and why if a consent might help.
type Failed = (String, Problem, Option<CallError>);

/// Asks a person, once nothing else runs, for what those that were refused
/// need, and lets them try again. Returns those that failed all the same.
async fn agreed(
    host: &Arc<Host>,
    failed: Vec<Failed>,
    options: &SyncOptions,
    manner: Manner,
    global: &Global,
    report: &Report,
) -> Result<Vec<Failed>, Problem> {
    let mut left = Vec::new();
    let mut has_agreed = false;
    for (name, mut problem, error) in failed {
        let Some(mut error) = error else {
            left.push((name, problem, None));
            continue;
        };
        // What was agreed to for one may be what the next one lacks.
        let mut may_help = has_agreed;
        loop {
            if !may_help && !offer(host, &error, global, report).await? {
                left.push((name, problem, Some(error)));
                break;
            }
            (has_agreed, may_help) = (true, false);
            let again = once(host, &name, options, manner.meter(&name)).await;
            let Receipt { outcome, usage } = again.map_err(|error| Problem::from(&error))?;
            match outcome {
                Ok(done) => {
                    show::report(report, &name, &done, &usage, options.dry_run);
                    break;
                }
                Err(again) => (problem, error) = (Problem::from(&again), again),
            }
        }
    }
    Ok(left)
}

/// One source that failed fails as itself; of several each is told, and the
/// others are done.
fn end(all: usize, failed: Vec<Failed>, stop: &AtomicBool, report: &Report) -> Done {
    let count = failed.len();
    for (name, mut problem, _) in failed {
        if report.json && all > 1 {
            report.data_line(&json!({ "source": name, "error": problem }));
            continue;
        }
        if problem.class != Class::Refused(Refused::Unknown) {
            problem.message = format!("source `{name}`: {}", problem.message);
        }
        if all == 1 {
            return Err(problem);
        }
        report.problem(&problem);
    }
    if count > 0 {
        report.say(format!("{count} of {all} sources failed"));
    }
    if count > 0 || stop.load(Ordering::Relaxed) {
        return Ok(ExitCode::from(exit_code::FAILED));
    }
    done()
}

pub(crate) fn unspecified(why: &Unspecified) -> Problem {
    let specifier = match why {
        Unspecified::Unknown(refusal) => return Problem::from(refusal),
        Unspecified::Nothing { specifier } => specifier.as_str(),
    };
    let nothing = |message: String| diagnostic::refused("ctx::sync::nothing", message);
    match specifier {
        "all" => nothing("the config names no source".to_owned())
            .with_help(format!("add `[sources.NAME]` with `extension = \"…\"` to {CONFIG}")),
        kind => nothing(format!("the config names no {kind} source"))
            .with_help(format!("add `[connectors.{kind}.NAME]` to {CONFIG}")),
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
pub(crate) fn stop_on_ctrl_c() -> Arc<AtomicBool> {
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
