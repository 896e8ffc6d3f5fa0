//! `ctx connector test --record` and `--replay`: a run of a connector as a
//! conversation, and a conversation as a run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use ctx_conformance::{Options, Playback, Subject, play, subject};
use ctx_conversation::{
    Conversation, Ended, Expect, ExpectedDocument, ExpectedError, ExpectedSkip, Recorder, Seen,
    Step, SyncStep, digest, is_secret_name,
};
use ctx_core::{Host, Onlooker, Ports, Source, SyncOptions, Tap};
use ctx_model::{CallError, Content, Document, Layer, Role};
use ctx_serve::problem::{Class, Problem};
use serde_json::{Map, Value, json};

use super::entry::{Tried, loaded, tried_by};
use super::sync::{stop_on_ctrl_c, unspecified};
use super::test::{differences, options, read, step};
use super::{Done, bundled, done, places};
use crate::args::{EntryOptions, Global};
use crate::diagnostic;
use crate::exit_code;
use crate::report::Report;
use crate::terminal::on_one_line;

/// The seed of everything random in a recorded run: any will do.
const SEED: u64 = 7;

/// With what an operator runs a connector.
pub(crate) struct Run<'a> {
    pub(crate) named: &'a str,
    pub(crate) entry: &'a EntryOptions,
    pub(crate) limit: Option<u64>,
    pub(crate) global: &'a Global,
    pub(crate) report: &'a Report,
}

/// Runs a connector as it is granted, and writes down what it heard.
pub(crate) async fn record(run: &Run<'_>, file: &Path) -> Done {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let recorder = Recorder::new(i64::try_from(now.as_secs()).unwrap_or(0), SEED);
    let tried = opened(run, Some(tap(recorder.clone()))).await?;
    let source = one(&tried).await?;
    let folders = source.folder_settings();
    if source.checks_out() {
        return Err(diagnostic::refused(
            "ctx::conversation::repository",
            format!("`{}` reads a repository, and its history is not recorded", source.name),
        )
        .with_help("write a conversation by hand, with its files in `[[file]]`"));
    }
    let (given, outcome) = walked(&tried.host, &source, run.limit).await?;
    let mut settings = settings(&source);
    settings.retain(|name, _| !folders.contains(name));
    let private = source.private_settings();
    let is_secret = |name: &str| private.contains(name) || is_secret_name(name);
    let step = Step { sync: Some(SyncStep { full: false, limit: run.limit }), ..Step::default() };
    let recorded = recorder.conversation(&settings, &is_secret, step);
    let mut conversation = recorded.map_err(|why| {
        diagnostic::refused("ctx::conversation::secret", format!("nothing is recorded: {why}"))
            .with_help("give the secret another value for the recording, or write the file by hand")
    })?;
    conversation.about = format!("recorded: a sync of `{}`", on_one_line(&source.name));
    let options = options()?;
    let whom = whom(&tried, &source)?;
    // What must come of it is what comes of it without a network.
    let first = played(&whom, &conversation, &options).await?;
    let Some(seen) = first.steps.first().map(|played| &played.seen) else {
        return Err(cannot_play("it has no step"));
    };
    let mut told = unlike(&recorder, &given, seen);
    if let (Err(error), Ended::Well) = (&outcome, &seen.ended) {
        told.push(format!("the run failed ({error}), and played again it does not"));
    }
    conversation.steps[0].expect = expected(seen);
    let second = played(&whom, &conversation, &options).await?;
    write(file, &conversation)?;
    let fuel = second.usage().fuel;
    let is_same = told.is_empty() && second.holds();
    let exchanges = conversation.steps[0].http.len();
    let report = run.report;
    if report.json {
        report.data(&json!({
            "file": file, "source": source.name, "exchanges": exchanges,
            "documents": seen.documents.len(), "differences": told,
            "steps": second.steps.iter().map(step_of).collect::<Vec<_>>(),
        }));
    } else {
        report.line(format!(
            "Recorded {exchanges} exchanges and {} documents of `{}` to {}",
            seen.documents.len(),
            on_one_line(&source.name),
            file.display()
        ));
        if let Err(error) = &outcome {
            report.warn(format!("the run failed, and so will the test: {error}"));
        }
        for why in &told {
            report.line(format!("         played again: {}", on_one_line(why)));
        }
        differences(&second, report);
        if is_same {
            report.line(format!("Two replays gave the same documents, and cost {fuel} fuel each"));
        }
    }
    close(&tried)?;
    if is_same { done() } else { Ok(ExitCode::from(exit_code::FAILED)) }
}

/// Plays a conversation with a connector, and asks no network.
pub(crate) async fn replay(run: &Run<'_>, file: &Path) -> Done {
    let conversation = read(file)?;
    let tried = opened(run, None).await?;
    let source = one(&tried).await?;
    let playback = played(&whom(&tried, &source)?, &conversation, &options()?).await?;
    let report = run.report;
    if report.json {
        report.data(&json!({
            "file": file, "source": source.name, "status": if playback.holds() { "pass" } else { "fail" },
            "steps": playback.steps.iter().map(step_of).collect::<Vec<_>>(),
            "not_played": playback.of - playback.steps.len(),
        }));
    } else {
        for (at, step) in playback.steps.iter().enumerate() {
            let documents = step.seen.documents.len();
            report.line(format!("Step {} ({}): {documents} documents", at + 1, step.asked));
            for document in &step.seen.documents {
                let title = document.title.as_deref().unwrap_or("untitled");
                report.line(format!("  {}: {}", on_one_line(&document.id), on_one_line(title)));
            }
        }
        differences(&playback, report);
        if playback.holds() {
            let fuel = playback.usage().fuel;
            report.line(format!("Two replays gave the same documents, and cost {fuel} fuel each"));
        }
    }
    close(&tried)?;
    if playback.holds() { done() } else { Ok(ExitCode::from(exit_code::FAILED)) }
}

fn step_of(played: &ctx_conformance::Played) -> Value {
    step(played)
}

async fn opened(run: &Run<'_>, tap: Option<Tap>) -> Result<Tried, Problem> {
    let tried =
        tried_by(Role::Connector, run.named, "test", run.entry, tap, run.global, run.report)?;
    loaded(&tried).await?;
    Ok(tried)
}

/// Finds the one source that is meant.
async fn one(tried: &Tried) -> Result<Source, Problem> {
    let names = tried.host.specified(std::slice::from_ref(&tried.name));
    let names = names.map_err(|why| unspecified(&why))?;
    let [name] = names.as_slice() else {
        return Err(diagnostic::misused(
            "ctx::conversation::several",
            format!("`{}` means {} sources, and a conversation is of one", tried.name, names.len()),
        )
        .with_help(format!("name one of them: {}", names.join(", "))));
    };
    tried.host.configured(name).await.map_err(|error| Problem::from(&error))
}

/// Walks a source and keeps nothing of it. What the host refuses is told and
/// not recorded.
async fn walked(
    host: &Arc<Host>,
    source: &Source,
    limit: Option<u64>,
) -> Result<(Vec<Document>, Result<(), CallError>), Problem> {
    let given: Arc<Mutex<Vec<Document>>> = Arc::default();
    let looks = given.clone();
    let onlooker = Onlooker::new(move |document| {
        looks.lock().unwrap_or_else(PoisonError::into_inner).push(document.clone());
    });
    let options = SyncOptions {
        limit,
        stop: stop_on_ctrl_c(),
        onlooker: Some(onlooker),
        ..SyncOptions::default()
    };
    let receipt = host.preview(&source.name, &options, &mut |_| {}).await;
    let outcome = match receipt.map_err(|error| Problem::from(&error))?.outcome {
        Ok(_) => Ok(()),
        Err(error @ CallError::Refused(_)) => return Err(Problem::from(&error)),
        Err(error) => Err(error),
    };
    let given = given.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((given, outcome))
}

fn settings(source: &Source) -> Map<String, Value> {
    match source.given() {
        Value::Object(settings) => settings.clone(),
        _ => Map::new(),
    }
}

/// Says what of a run is not so when it is played.
fn unlike(recorder: &Recorder, given: &[Document], seen: &Seen) -> Vec<String> {
    let clean = |text: &Option<String>| text.as_deref().map(|text| recorder.clean(text));
    let mut told = Vec::new();
    if given.len() != seen.documents.len() {
        let (had, has) = (given.len(), seen.documents.len());
        told.push(format!("there are {has} documents, and the run gave {had}"));
    }
    for (document, again) in given.iter().zip(&seen.documents) {
        let body = match &document.content {
            Content::Text(text) => digest(recorder.clean(text).as_bytes()),
            Content::Bytes(bytes) => digest(bytes),
            Content::Deferred => String::new(),
        };
        let is_same = recorder.clean(&document.id) == again.id
            && clean(&document.title) == again.title
            && body == again.given;
        if !is_same {
            told.push(format!("document `{}` is another", recorder.clean(&document.id)));
        }
    }
    told
}

/// What must come of the step that was recorded.
fn expected(seen: &Seen) -> Expect {
    let documents = seen.documents.iter().map(|document| ExpectedDocument {
        id: document.id.clone(),
        title: document.title.clone(),
        url: document.url.clone(),
        digest: Some(digest(document.text.as_bytes())),
        ..ExpectedDocument::default()
    });
    let skipped = seen.skipped.iter();
    let skipped = skipped.map(|(id, _)| ExpectedSkip { id: id.clone(), contains: Vec::new() });
    let error = match &seen.ended {
        Ended::Well => None,
        Ended::Failed { kind, retry_after, .. } => Some(ExpectedError {
            kind: Some(kind.clone()),
            contains: Vec::new(),
            retry_after: *retry_after,
        }),
    };
    Expect {
        documents: Some(documents.collect()),
        skipped: skipped.collect(),
        slept: (seen.slept > 0.0).then_some(seen.slept),
        error,
        ..Expect::default()
    }
}

fn tap(recorder: Arc<Recorder>) -> Tap {
    Arc::new(move |ports| Ports {
        kv: recorder.kv(ports.kv),
        secrets: recorder.secrets(ports.secrets),
        env: recorder.env(ports.env),
        context: recorder.context(ports.context),
        network: recorder.network(ports.network),
        time: Some(recorder.time()),
        files: Some(recorder.clone()),
        ..ports
    })
}

/// With whom a conversation is held.
enum Whom {
    Component(&'static str, &'static [u8]),
    At(PathBuf),
    Entry(PathBuf),
}

fn whom(tried: &Tried, source: &Source) -> Result<Whom, Problem> {
    if let Some(path) = &tried.path {
        return Ok(Whom::Entry(path.clone()));
    }
    let here = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    let places = places()?;
    let script = source.name.strip_prefix("script:").unwrap_or(&source.name);
    if let Some(entry) = tried.host.script_entry(Role::Connector, script) {
        return Ok(Whom::Entry(places.resolve(&here, &entry.path.display().to_string())));
    }
    let extension = &source.extension;
    let carried = bundled().into_iter().find(|one| one.name == extension.name.as_str());
    Ok(match carried {
        Some(one) if extension.layer == Layer::Bundled => Whom::Component(one.name, one.component),
        _ => Whom::At(places.resolve(&here, &extension.place)),
    })
}

async fn played(
    whom: &Whom,
    conversation: &Conversation,
    options: &Options,
) -> Result<Playback, Problem> {
    let subject = match whom {
        Whom::Component(name, bytes) => Subject::Component { name, bytes },
        Whom::At(path) => subject(path, options),
        Whom::Entry(path) => Subject::Entry { path, role: Role::Connector },
    };
    Box::pin(play(subject, conversation, options)).await.map_err(|why| cannot_play(&why))
}

fn cannot_play(why: &str) -> Problem {
    let message = format!("it cannot be played: {why}");
    Problem::new(Class::Failed(None), "ctx::conversation::play", message)
}

fn write(file: &Path, conversation: &Conversation) -> Result<(), Problem> {
    let cannot = |error: &std::io::Error| {
        diagnostic::machine(&format!("`{}` cannot be written", file.display()), error)
    };
    let text = conversation.write().map_err(|error| cannot_play(&error.to_string()))?;
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| cannot(&error))?;
    }
    std::fs::write(file, text).map_err(|error| cannot(&error))
}

fn close(tried: &Tried) -> Result<(), Problem> {
    tried.host.close().map_err(|error| Problem::from(&error))
}
