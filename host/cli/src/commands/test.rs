//! `ctx test`: the conversations that extensions bring, played without a
//! network.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ctx_conformance::{Options, Playback, Played, conversations, extensions, play, subject};
use ctx_conversation::{Conversation, Ended};
use ctx_serve::problem::{Class, Problem, Refused};
use ctx_serve::wire;
use serde_json::{Value, json};

use super::{Done, done, places};
use crate::args::Test;
use crate::exit_code;
use crate::report::Report;
use crate::terminal::on_one_line;

/// A conversation, and with whom it is held.
struct Talk {
    extension: PathBuf,
    name: String,
    conversation: Result<Conversation, String>,
}

pub(crate) async fn run(wanted: &Test, report: &Report) -> Done {
    let here = [PathBuf::from(".")];
    let paths = if wanted.paths.is_empty() { &here[..] } else { &wanted.paths };
    let mut talks = Vec::new();
    for path in paths {
        talks.extend(found(path)?);
    }
    if talks.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(unknown(format!("there is no conversation in {}", shown.join(", "))).with_help(
            "an extension's conversations are the `.toml` files of the folder `tests` in its own; \
             `ctx connector test NAME --record tests/first.toml` records one",
        ));
    }
    let options = options()?;
    let (mut failed, mut all, mut last) = (0, Vec::new(), None);
    for talk in &talks {
        let played = match &talk.conversation {
            Err(why) => Err(why.clone()),
            Ok(conversation) => {
                let subject = subject(&talk.extension, &options);
                Box::pin(play(subject, conversation, &options)).await
            }
        };
        let holds = played.as_ref().is_ok_and(Playback::holds);
        failed += usize::from(!holds);
        if report.json {
            all.push(wired(talk, &played));
        } else {
            if last != Some(&talk.extension) {
                report.line(on_one_line(&talk.extension.display().to_string()));
                last = Some(&talk.extension);
            }
            show(talk, &played, report);
        }
    }
    let passed = talks.len() - failed;
    if report.json {
        report.data(&json!({ "passed": passed, "failed": failed, "conversations": all }));
    } else {
        report.line(format!("{passed} passed, {failed} failed"));
    }
    if failed == 0 { done() } else { Ok(ExitCode::from(exit_code::FAILED)) }
}

/// How to play: with the code that is compiled here, and the components that
/// this binary carries.
pub(crate) fn options() -> Result<Options, Problem> {
    let components = ctx_bundle::COMMUNITY.iter().map(|one| (one.name, one.bytes)).collect();
    Ok(Options { code: Some(places()?), components, ..Options::default() })
}

/// Finds the conversations of one path: a file of its own, an extension's, or
/// those of a tree of extensions.
fn found(path: &Path) -> Result<Vec<Talk>, Problem> {
    if !path.exists() {
        return Err(unknown(format!("there is no `{}`", path.display()))
            .with_help("name a conversation, an extension, or a folder of extensions"));
    }
    if path.is_file() && path.extension().is_some_and(|suffix| suffix == "toml") {
        return Ok(vec![alone(path)?]);
    }
    let unreadable = |error: &dyn std::fmt::Display| {
        Problem::new(Class::Failed(None), "ctx::machine", error.to_string())
    };
    let mut talks = Vec::new();
    for extension in extensions(path).map_err(|error| unreadable(&error))? {
        for (name, conversation) in conversations(&extension).map_err(|error| unreadable(&error))? {
            talks.push(Talk { extension: extension.clone(), name, conversation });
        }
    }
    Ok(talks)
}

/// Reads a conversation that somebody named.
fn alone(path: &Path) -> Result<Talk, Problem> {
    let conversation = read(path)?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let extension = match &conversation.extension {
        Some(extension) => beside.join(extension),
        // A name alone lies in the folder that one is in.
        None if beside.as_os_str().is_empty() => PathBuf::from(".."),
        None => beside.parent().map(Path::to_owned).unwrap_or_default(),
    };
    let extension = if extension.as_os_str().is_empty() { PathBuf::from(".") } else { extension };
    let extension = std::fs::canonicalize(&extension).unwrap_or(extension);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Talk { extension, name, conversation: Ok(conversation) })
}

/// Reads a file that must be a conversation.
pub(crate) fn read(path: &Path) -> Result<Conversation, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        crate::diagnostic::machine(&format!("`{}` cannot be read", path.display()), &error)
    })?;
    Conversation::parse(&text).map_err(|why| {
        let message = format!("`{}` is no conversation: {why}", path.display());
        crate::diagnostic::refused("ctx::conversation::format", message)
            .with_help("docs/guides/testing-extensions.md says what one holds")
    })
}

fn show(talk: &Talk, played: &Result<Playback, String>, report: &Report) {
    let about = talk.conversation.as_ref().map_or("", |conversation| conversation.about.as_str());
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    let mark = if played.as_ref().is_ok_and(Playback::holds) { "[ok]  " } else { "[FAIL]" };
    report.line(format!("  {mark} {}{}", talk.name, on_one_line(&about)));
    match played {
        Err(why) => report.line(format!("         {}", on_one_line(why))),
        Ok(playback) => differences(playback, report),
    }
}

/// Says what differed, step by step.
pub(crate) fn differences(playback: &Playback, report: &Report) {
    for (at, step) in playback.steps.iter().enumerate() {
        for why in &step.differences {
            report.line(format!("         step {} ({}): {}", at + 1, step.asked, on_one_line(why)));
        }
    }
    let left = playback.of - playback.steps.len();
    if left > 0 {
        report.line(format!("         {left} more steps were not played"));
    }
}

fn wired(talk: &Talk, played: &Result<Playback, String>) -> Value {
    let mut value = json!({
        "extension": talk.extension,
        "name": talk.name,
        "status": if played.as_ref().is_ok_and(Playback::holds) { "pass" } else { "fail" },
    });
    if let Ok(conversation) = &talk.conversation
        && !conversation.about.is_empty()
    {
        value["about"] = conversation.about.as_str().into();
    }
    match played {
        Err(why) => value["detail"] = why.as_str().into(),
        Ok(playback) => {
            value["steps"] = playback.steps.iter().map(step).collect();
            value["not_played"] = (playback.of - playback.steps.len()).into();
        }
    }
    value
}

/// Returns a step for programs.
pub(crate) fn step(step: &Played) -> Value {
    let documents: Vec<Value> = step
        .seen
        .documents
        .iter()
        .map(|document| json!({ "id": document.id, "title": document.title, "url": document.url }))
        .collect();
    let mut value = json!({
        "asked": step.asked,
        "differences": step.differences,
        "documents": documents,
        "removed": step.seen.removed,
        "slept_seconds": step.seen.slept,
        "usage": wire::Usage::from(&step.usage),
    });
    if let Ended::Failed { kind, message, .. } = &step.seen.ended {
        value["error"] = json!({ "kind": kind, "message": message });
    }
    value
}

fn unknown(message: String) -> Problem {
    Problem::new(Class::Refused(Refused::Unknown), "ctx::unknown::file", message)
}
