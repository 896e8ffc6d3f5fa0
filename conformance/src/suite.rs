//! The suite: every case that applies to a subject, in the order of the table,
//! and a report of what came of each.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ctx_core::{Installed, Places, Problem};
use ctx_model::Role;

use crate::case::{Case, Matter, cases};
use crate::check::{Check, Verdict};
use crate::conversation;
use crate::expected::{Expected, baseline};
use crate::fixture::{Fixture, FixtureError, Subject};
use crate::identity::Tested;
use crate::report::Report;
use crate::runners::{
    agent, completer, connector, embedder, extension, extractor, hook, host, law, resource, scene,
    tool, transform,
};
use crate::trial::{NoTrial, Trial};

/// How to run the suite.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose compiled code to share, so that nothing is compiled twice. No
    /// grant, setting or document of theirs is used.
    pub code: Option<Places>,
    /// Checks that are known to fail.
    pub expected: Vec<Expected>,
    /// Components that the binary carries for folders that hold a manifest and
    /// no component, by the names of the folders.
    pub components: Vec<(&'static str, &'static [u8])>,
}

impl Default for Options {
    fn default() -> Self {
        Self { code: None, expected: baseline(), components: Vec::new() }
    }
}

/// Guests that misbehave.
#[derive(Debug, Clone, Copy)]
pub struct Probes<'a> {
    /// All that are written in Rust.
    pub component: &'a [u8],
    /// Those that are scripts: file name and text.
    pub scripts: &'a [(&'a str, &'a str)],
}

/// Checks the extension in a file or a folder, and plays the conversations that
/// it brings.
pub async fn check_extension(path: &Path, options: &Options) -> Report {
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let subject = conversation::subject(path, options);
    let (mut report, extension) = Box::pin(check(subject, &name, options)).await;
    report.checks.extend(Box::pin(talks(path, subject, &name, options)).await);
    summed(report, extension.as_deref())
}

/// Returns what is put under test at a path.
pub fn subject<'a>(path: &'a Path, options: &Options) -> Subject<'a> {
    conversation::subject(path, options)
}

/// Plays an extension's own conversations.
async fn talks(path: &Path, subject: Subject<'_>, name: &str, options: &Options) -> Vec<Check> {
    let all = match conversation::conversations(path) {
        Ok(all) if all.is_empty() => return Vec::new(),
        Ok(all) => all,
        Err(error) => return vec![talk("tests", "", name, Verdict::fail(error.to_string()))],
    };
    let played = Box::pin(conversation::each(subject, &all, options)).await;
    let judged = all.iter().zip(played).map(|((stem, read), (playback, elapsed))| {
        let about = read.as_ref().map_or("", |conversation| conversation.about.as_str());
        let verdict = match playback {
            Err(why) => Verdict::fail(why),
            Ok(playback) => {
                let told = playback.steps.iter().enumerate().flat_map(|(at, step)| {
                    let differences = step.differences.iter();
                    differences.map(move |why| format!("step {} ({}): {why}", at + 1, step.asked))
                });
                let told: Vec<String> = told.collect();
                if told.is_empty() { Verdict::pass("") } else { Verdict::fail(told.join("; ")) }
                    .billed(playback.usage())
            }
        };
        Check { elapsed, ..talk(stem, about, name, verdict) }
    });
    judged.collect()
}

fn talk(stem: &str, about: &str, extension: &str, verdict: Verdict) -> Check {
    let Verdict { status, detail, usage } = verdict;
    let claim = if about.is_empty() { "It holds its own conversation" } else { about };
    Check {
        id: format!("conversation/{stem}:{extension}"),
        extension: extension.to_owned(),
        claim: claim.to_owned(),
        reference: String::new(),
        status,
        detail,
        usage,
        elapsed: Duration::ZERO,
        tried: None,
    }
}

/// Checks an extension that a binary carries.
pub async fn check_component(name: &str, bytes: &[u8], options: &Options) -> Report {
    let subject = Subject::Component { name, bytes };
    let (report, extension) = Box::pin(check(subject, name, options)).await;
    summed(report, extension.as_deref())
}

/// Notes what exactly was tried, if it was.
fn summed(mut report: Report, extension: Option<&Installed>) -> Report {
    let tested = extension.map(|extension| Tested::new(extension, &report));
    report.tested.extend(tested);
    report
}

/// Reports an extension that did not load where it is installed.
pub fn check_problem(problem: &Problem, options: &Options) -> Report {
    let problems = std::slice::from_ref(problem);
    let mut report = Report::from(not_loaded(problems, &problem.name, Duration::ZERO));
    report.subtract(&options.expected);
    report
}

/// Checks the host that this is built with: no probe may get out, and none may
/// stop it.
pub async fn check_host(probes: &Probes<'_>, options: &Options) -> Report {
    let of = |role| cases().iter().filter(move |case| case.role == role);
    let cases: Vec<&Case> = of(Matter::Host).collect();
    let mut report = match host_checks(probes, &cases, options).await {
        Ok(checks) => Report::from(checks),
        Err(error) => Report::from(vec![blame(&error, "host")]),
    };
    for case in of(Matter::Scene).chain(of(Matter::Law)) {
        report.checks.extend(staged(case, options).await);
    }
    report.subtract(&options.expected);
    report
}

/// Has the host make something of what hooks or transforms say.
async fn staged(case: &Case, options: &Options) -> Option<Check> {
    let (code, started) = (options.code.as_ref(), Instant::now());
    let verdict = match (&case.scene, &case.law) {
        (Some(scene), _) => scene::run(code, scene).await,
        (_, Some(law)) => law::run(code, law).await,
        (None, None) => return None,
    };
    Some(named(case, "host", None, verdict, started.elapsed()))
}

async fn host_checks(
    probes: &Probes<'_>,
    cases: &[&Case],
    options: &Options,
) -> Result<Vec<Check>, FixtureError> {
    let fixture = Fixture::new(options.code.as_ref())?;
    let arena = host::Arena::open(fixture, probes, cases).await?;
    let fixture = Fixture::new(options.code.as_ref())?;
    let nursery = host::Nursery::open(fixture, probes, cases)?;
    let mut checks = Vec::new();
    for case in cases {
        if let Some(probe) = &case.probe {
            let run = host::run(&arena, &nursery, probes, case, probe);
            checks.extend(Box::pin(run).await);
        }
    }
    Ok(checks)
}

/// Returns what was tried, too, if it loads.
async fn check(
    subject: Subject<'_>,
    name: &str,
    options: &Options,
) -> (Report, Option<Arc<Installed>>) {
    let started = Instant::now();
    let mut extension = None;
    let checks = match Trial::open(subject, options.code.as_ref()).await {
        Ok(trial) => {
            let mut checks = Vec::new();
            for case in cases() {
                checks.extend(apply(&trial, case).await);
            }
            extension = Some(trial.first.clone());
            checks
        }
        Err(NoTrial::Fixture(error)) => vec![blame(&error, name)],
        Err(NoTrial::NotLoaded(problems)) => not_loaded(&problems, name, started.elapsed()),
    };
    let mut report = Report::from(checks);
    report.subtract(&options.expected);
    (report, extension)
}

/// Holds one case against all that it is about.
async fn apply(trial: &Trial, case: &Case) -> Vec<Check> {
    let Some(action) = case.action else { return Vec::new() };
    let name = trial.name().as_str();
    let plays = |role| trial.first.roles.contains(&role);
    let mut checks = Vec::new();
    match case.role {
        Matter::Extension => {
            let started = Instant::now();
            let verdict = extension::run(trial, action);
            checks.push(named(case, name, None, verdict, started.elapsed()));
        }
        Matter::Tool => {
            for one in &trial.first.tools {
                let started = Instant::now();
                let verdict = tool::run(trial, &one.info, action).await;
                checks.push(named(case, name, Some(&one.info.name), verdict, started.elapsed()));
            }
        }
        Matter::Agent => {
            for one in &trial.first.agents {
                let started = Instant::now();
                let verdict = agent::run(trial, &one.info, action).await;
                checks.push(named(case, name, Some(&one.info.name), verdict, started.elapsed()));
            }
        }
        Matter::Connector if trial.first.source.is_some() => {
            let started = Instant::now();
            let verdict = connector::run(trial, action).await;
            checks.push(named(case, name, None, verdict, started.elapsed()));
        }
        Matter::Resource if plays(Role::Resource) => {
            let started = Instant::now();
            let verdict = resource::run(trial, &trial.first, action).await;
            checks.push(named(case, name, None, verdict, started.elapsed()));
        }
        Matter::Completer if plays(Role::Completer) => {
            let started = Instant::now();
            let verdict = completer::run(trial, &trial.first, action).await;
            checks.push(named(case, name, None, verdict, started.elapsed()));
        }
        Matter::Extractor => {
            if let Some(info) = &trial.first.extractor {
                let started = Instant::now();
                let verdict = extractor::run(trial, info, action).await;
                checks.push(named(case, name, None, verdict, started.elapsed()));
            }
        }
        Matter::Embedder => {
            if let Some(info) = &trial.first.embedder {
                let started = Instant::now();
                let verdict = embedder::run(trial, info, action).await;
                checks.push(named(case, name, None, verdict, started.elapsed()));
            }
        }
        Matter::Hook => {
            for phase in &trial.first.hooks.phases {
                let started = Instant::now();
                let verdict = hook::run(trial, *phase, action).await;
                let part = Some(phase.as_str());
                checks.push(named(case, name, part, verdict, started.elapsed()));
            }
        }
        Matter::Compressor | Matter::Chunker | Matter::ReadMode => {
            let role = match case.role {
                Matter::Compressor => Role::Compressor,
                Matter::Chunker => Role::Chunker,
                _ => Role::ReadMode,
            };
            for info in trial.first.transforms_of(role) {
                let started = Instant::now();
                let verdict = transform::run(trial, info, action).await;
                checks.push(named(case, name, Some(&info.name), verdict, started.elapsed()));
            }
        }
        Matter::Connector
        | Matter::Resource
        | Matter::Completer
        | Matter::Host
        | Matter::Scene
        | Matter::Law => {}
    }
    checks
}

fn named(
    case: &Case,
    extension: &str,
    part: Option<&str>,
    verdict: Verdict,
    elapsed: Duration,
) -> Check {
    let Verdict { status, detail, usage } = verdict;
    let subject = match part {
        None => extension.to_owned(),
        Some(part) => format!("{extension}/{part}"),
    };
    Check {
        id: format!("{}:{subject}", case.id),
        extension: extension.to_owned(),
        claim: case.claim.clone(),
        reference: case.reference.clone(),
        status,
        detail,
        usage,
        elapsed,
        tried: None,
    }
}

/// An extension that does not load fails the first claim; the others cannot be
/// asked.
fn not_loaded(problems: &[Problem], name: &str, elapsed: Duration) -> Vec<Check> {
    let why = problems.iter().map(|problem| format!("{}; {}", problem.why, problem.help));
    let why: Vec<String> = why.collect();
    let verdict = Verdict::fail(if why.is_empty() {
        "nothing in it is an extension".to_owned()
    } else {
        why.join("; ")
    });
    cases().first().map(|case| named(case, name, None, verdict, elapsed)).into_iter().collect()
}

/// A check that blames the suite or the machine.
fn blame(error: &FixtureError, name: &str) -> Check {
    Check {
        id: format!("suite/fixture:{name}"),
        extension: name.to_owned(),
        claim: "The suite can set up a fixture host".to_owned(),
        reference: String::new(),
        status: crate::Status::Fail,
        detail: error.to_string(),
        usage: None,
        elapsed: Duration::ZERO,
        tried: None,
    }
}
