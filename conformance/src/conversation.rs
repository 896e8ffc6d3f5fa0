//! An extension's own conversations, played twice on fixture hosts: what came
//! of each step, whether it is what must come of it, and whether both times
//! are alike.

mod find;
mod stage;
mod stored;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ctx_conversation::{Conversation, Ended, Seen, Step, World, judge};
use ctx_core::{Host, Onlooker, PromptCall, SyncOptions, ToolCall};
use ctx_model::{
    BlockContent, CallError, Caller, Document, Output, PromptReply, Receipt, Reply, Usage,
};
use serde_json::Value;

use crate::fixture::Subject;
use crate::outcome;
use crate::suite::Options;
pub(crate) use find::subject;
pub use find::{Named, Unfound, conversations, extensions};
use stage::{SOURCE, Stage};

/// What came of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// One for each step that was played; the first that differs is the last.
    pub steps: Vec<Played>,
    /// Steps that the conversation has.
    pub of: usize,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// What was asked: `sync`, `call web-fetch`.
    pub asked: String,
    pub seen: Seen,
    /// What is not as it must be. Empty if all is.
    pub differences: Vec<String>,
    pub usage: Usage,
}

impl Playback {
    /// Whether all went as it must.
    pub fn holds(&self) -> bool {
        self.steps.iter().all(|step| step.differences.is_empty())
    }

    /// Returns what all steps spent.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for step in &self.steps {
            usage.add(step.usage);
        }
        usage
    }
}

/// Plays a conversation with an extension twice. The second time must be as the
/// first, fuel included.
///
/// # Errors
///
/// The extension does not load, or the fixture cannot be set up: why, in words.
pub async fn play(
    subject: Subject<'_>,
    conversation: &Conversation,
    options: &Options,
) -> Result<Playback, String> {
    let stage = Box::pin(Stage::open(subject, options)).await?;
    Box::pin(twice(&stage, conversation)).await
}

/// Plays several conversations, one after another.
pub(crate) async fn each(
    subject: Subject<'_>,
    all: &[Named],
    options: &Options,
) -> Vec<(Result<Playback, String>, Duration)> {
    let stage = Box::pin(Stage::open(subject, options)).await;
    let mut played = Vec::new();
    for (_, conversation) in all {
        let started = Instant::now();
        let playback = match (&stage, conversation) {
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
            (Ok(stage), Ok(conversation)) => Box::pin(twice(stage, conversation)).await,
        };
        played.push((playback, started.elapsed()));
    }
    played
}

async fn twice(stage: &Stage<'_>, conversation: &Conversation) -> Result<Playback, String> {
    let mut first = once(stage, conversation).await?;
    if !first.holds() {
        return Ok(first);
    }
    let second = once(stage, conversation).await?;
    for (step, again) in first.steps.iter_mut().zip(&second.steps) {
        if step.seen != again.seen || step.differences != again.differences {
            step.differences.push("played again, it came to something else".to_owned());
            step.differences.extend(again.differences.iter().cloned());
        } else if step.usage.fuel != again.usage.fuel {
            let (one, other) = (step.usage.fuel, again.usage.fuel);
            step.differences.push(format!("it cost {one} fuel, and played again {other}"));
        }
    }
    Ok(first)
}

async fn once(stage: &Stage<'_>, conversation: &Conversation) -> Result<Playback, String> {
    let world = World::new(conversation);
    let (host, _fixture) = stage.host(conversation, &world)?;
    let mut playback = Playback { steps: Vec::new(), of: conversation.steps.len() };
    for step in &conversation.steps {
        world.begin(step, conversation.clock(step));
        let (mut seen, usage) = Box::pin(run(stage, &host, step)).await?;
        seen.slept = world.time().slept().as_secs_f64();
        let mut differences = world.end();
        differences.extend(judge(&step.expect, &seen));
        let is_over = !differences.is_empty();
        playback.steps.push(Played { asked: asked(step), seen, differences, usage });
        if is_over {
            break;
        }
    }
    Ok(playback)
}

fn asked(step: &Step) -> String {
    match (&step.sync, &step.call, &step.prompt) {
        (Some(sync), ..) if sync.full => "full sync".to_owned(),
        (_, Some(call), _) => format!("call {}", call.tool),
        (_, _, Some(prompt)) => format!("prompt {}", prompt.agent),
        _ => "sync".to_owned(),
    }
}

async fn run(stage: &Stage<'_>, host: &Host, step: &Step) -> Result<(Seen, Usage), String> {
    let own = |name: &str| {
        if name.contains('/') { name.to_owned() } else { format!("{}/{name}", stage.name()) }
    };
    if let Some(call) = &step.call {
        let Receipt { outcome, usage } = host
            .call(ToolCall {
                tool: own(&call.tool),
                arguments: json(&call.arguments),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        let seen = match outcome {
            Ok(Reply::Done(output)) => answered(&output),
            Ok(Reply::Ask(_)) => asks(),
            Err(error) => failed(&error),
        };
        return Ok((seen, usage));
    }
    if let Some(prompt) = &step.prompt {
        let Receipt { outcome, usage } = host
            .prompt(PromptCall {
                agent: own(&prompt.agent),
                arguments: json(&prompt.arguments),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        let seen = match outcome {
            Ok(PromptReply::Done(prompt)) => Seen {
                system: prompt.system,
                messages: prompt
                    .messages
                    .iter()
                    .map(|message| {
                        let blocks = message.blocks.iter().map(|block| &block.content);
                        format!("{}: {}", message.role.as_str(), text(blocks))
                    })
                    .collect(),
                tools: prompt.tools,
                ..Seen::default()
            },
            Ok(PromptReply::Ask(_)) => asks(),
            Err(error) => failed(&error),
        };
        return Ok((seen, usage));
    }
    sync(stage, host, step).await
}

async fn sync(stage: &Stage<'_>, host: &Host, step: &Step) -> Result<(Seen, Usage), String> {
    let wanted = step.sync.clone().unwrap_or_default();
    let before = stored::ids(host)?;
    let given: Arc<Mutex<Vec<Document>>> = Arc::default();
    let looks = given.clone();
    let onlooker = Onlooker::new(move |document| {
        looks.lock().unwrap_or_else(PoisonError::into_inner).push(document.clone());
    });
    let options = SyncOptions {
        full: wanted.full,
        limit: wanted.limit,
        onlooker: Some(onlooker),
        ..SyncOptions::default()
    };
    let source = if stage.is_entry() { format!("script:{SOURCE}") } else { SOURCE.to_owned() };
    let receipt = host.sync(&source, &options, &mut |_| {}).await;
    let Receipt { outcome, usage } = receipt.map_err(|error| error.to_string())?;
    let mut seen = match &outcome {
        Ok(report) => Seen {
            skipped: report.skips.iter().map(|one| (one.id.clone(), one.reason.clone())).collect(),
            ..Seen::default()
        },
        Err(error) => failed(error),
    };
    let after = stored::ids(host)?;
    seen.removed = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
    let given = given.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for document in given {
        seen.documents.push(stored::document(host, &document, after.get(&document.id))?);
    }
    Ok((seen, usage))
}

fn answered(output: &Output) -> Seen {
    Seen {
        text: text(output.blocks.iter().map(|block| &block.content)),
        structured: output.structured.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        ..Seen::default()
    }
}

fn text<'a>(blocks: impl Iterator<Item = &'a BlockContent>) -> String {
    let texts = blocks.filter_map(|block| match block {
        BlockContent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// A question to the caller has no answer in a conversation.
fn asks() -> Seen {
    let message = "it asks its caller, who is not in the conversation".to_owned();
    Seen {
        ended: Ended::Failed { kind: "asks".to_owned(), message, retry_after: None },
        ..Seen::default()
    }
}

fn failed(error: &CallError) -> Seen {
    let (kind, retry_after) = match error {
        CallError::Failed { failure, .. } => {
            let wait = failure.retry_after.map(|wait| wait.as_secs_f64());
            (failure.kind.as_str().to_owned(), wait)
        }
        other => (outcome::words(other), None),
    };
    let message = error.to_string();
    Seen { ended: Ended::Failed { kind, message, retry_after }, ..Seen::default() }
}

fn json(table: &toml::Table) -> Value {
    serde_json::to_value(table).unwrap_or_default()
}
