//! One native run: on a thread of its own, within its time, its panics caught,
//! and over when nobody waits for it any more.

use std::any::Any;
use std::time::{Duration, Instant};

use ctx_model::{
    Block, BlockContent, Broke, CallError, CallRequest, Caller, EmbeddedContent, ExtensionName,
    Failure, FailureKind, Limit, Outcome, Output, Phase, PromptReply, PromptRequest, Receipt,
    Reply, Usage,
};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::desk::Desk;
use super::{NativeExtension, Surroundings, Transforms};
use crate::catalog::Installed;
use crate::error::HostError;
use crate::halts::Halts;
use crate::host::Host;

impl Host {
    /// Calls a native tool.
    pub(crate) async fn call_native(
        &self,
        extension: &Installed,
        native: &NativeExtension,
        request: CallRequest,
        caller: Caller,
    ) -> Receipt<Reply> {
        let tool = native.tools.iter().find(|tool| tool.info().name == request.name).cloned();
        let is_search = native.is_builtin && request.name == "search";
        let asked = (is_search && self.listens(Phase::RetrievalEnrichment))
            .then(|| (request.arguments.clone(), caller.clone()));
        let begun = Instant::now();
        let (around, desk) = self.surroundings(caller.clone());
        let work = async move {
            let tool = tool.ok_or_else(|| gone(&request.name))?;
            tool.call(request, around).await
        };
        let running = run(&self.halts, &extension.name, extension.limits.time, work);
        let mut receipt = desk.attend(self, &caller, running).await;
        let enriched = match (asked, &mut receipt.outcome) {
            (Some((arguments, caller)), Ok(Reply::Done(output))) => {
                self.enrich(&arguments, &caller, begun, output).await
            }
            _ => Ok(()),
        };
        if let Err(error) = enriched {
            receipt.outcome = Err(failed(&extension.name, internal(error.to_string())));
        }
        sized(extension, receipt, reply_size)
    }

    /// Adds to the answer of a search what hooks add to it.
    async fn enrich(
        &self,
        arguments: &str,
        caller: &Caller,
        begun: Instant,
        output: &mut Output,
    ) -> Result<(), HostError> {
        let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
        let query = arguments["query"].as_str().unwrap_or_default();
        let Some(added) = self.enriched(query, caller, begun).await? else { return Ok(()) };
        let structured = output.structured.as_deref().and_then(|it| serde_json::from_str(it).ok());
        let Some(Value::Object(mut answer)) = structured else { return Ok(()) };
        let added = json!({ "snippets": added.snippets, "tags": added.tags });
        answer.insert("enrichment".to_owned(), added);
        let text = Value::Object(answer).to_string();
        output.blocks =
            vec![Block { content: BlockContent::Text(text.clone()), annotations: None }];
        output.structured = Some(text);
        Ok(())
    }

    /// Has a native agent prepare its prompt.
    pub(crate) async fn prompt_native(
        &self,
        extension: &Installed,
        native: &NativeExtension,
        request: PromptRequest,
        caller: Caller,
    ) -> Receipt<PromptReply> {
        let agent = native.agents.iter().find(|agent| agent.info().name == request.name).cloned();
        let (around, desk) = self.surroundings(caller.clone());
        let work = async move {
            let agent = agent.ok_or_else(|| gone(&request.name))?;
            agent.prompt(request, around).await
        };
        let running = run(&self.halts, &extension.name, extension.limits.time, work);
        let receipt = desk.attend(self, &caller, running).await;
        sized(extension, receipt, prompt_size)
    }

    /// What a native run is given, and where it asks for more.
    pub(crate) fn surroundings(&self, caller: Caller) -> (Surroundings, Desk) {
        let (transforms, desk) = Transforms::new(self.authority().config.engine.answers.clone());
        (Surroundings { context: self.context(), transforms, caller }, desk)
    }
}

/// Runs work of a native extension. Dropping the future ends the work where it
/// next waits.
pub(super) async fn run<T: Send + 'static>(
    halts: &Halts,
    extension: &ExtensionName,
    time: Duration,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Receipt<T> {
    let begun = Instant::now();
    let (waiting, nobody) = oneshot::channel::<()>();
    let executor = Handle::current();
    let thread = tokio::task::spawn_blocking(move || {
        executor.block_on(async {
            tokio::select! {
                done = work => Some(done),
                _ = nobody => None,
            }
        })
    });
    let timed = tokio::select! {
        biased;
        timed = tokio::time::timeout(time, thread) => timed,
        () = halts.until_disabled(extension) => Ok(Ok(None)),
    };
    let outcome = match timed {
        Err(_) => Err(stopped(extension, Broke::Limit(Limit::Time(time)))),
        Ok(Ok(Some(done))) => done.map_err(|failure| failed(extension, failure)),
        Ok(Ok(None)) => Err(stopped(extension, Broke::Disabled)),
        Ok(Err(error)) => Err(match error.try_into_panic() {
            Ok(panic) => failed(extension, internal(format!("it panicked: {}", said(&*panic)))),
            Err(_) => stopped(extension, Broke::Cancelled),
        }),
    };
    drop(waiting);
    Receipt { outcome, usage: Usage { wall: begun.elapsed(), ..Usage::default() } }
}

/// Returns what was said in a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

fn failed(extension: &ExtensionName, failure: Failure) -> CallError {
    CallError::Failed { extension: extension.clone(), failure }
}

fn stopped(extension: &ExtensionName, broke: Broke) -> CallError {
    CallError::Broke { extension: extension.clone(), broke }
}

pub(super) fn internal(message: String) -> Failure {
    Failure { kind: FailureKind::Internal, message, retry_after: None, details: None }
}

fn gone(name: &str) -> Failure {
    internal(format!("the program does not have `{name}` any more"))
}

/// Holds an answer against the limit of its size.
fn sized<T>(extension: &Installed, receipt: Receipt<T>, size: impl Fn(&T) -> usize) -> Receipt<T> {
    let most = extension.limits.output;
    let outcome: Outcome<T> = receipt.outcome.and_then(|answer| {
        if u64::try_from(size(&answer)).is_ok_and(|size| size <= most) {
            Ok(answer)
        } else {
            Err(stopped(&extension.name, Broke::Limit(Limit::Output(most))))
        }
    });
    Receipt { outcome, ..receipt }
}

fn reply_size(reply: &Reply) -> usize {
    match reply {
        Reply::Done(output) => {
            let json = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            blocks_size(&output.blocks) + json(&output.structured) + json(&output.meta)
        }
        Reply::Ask(questions) => questions.state.len(),
    }
}

fn prompt_size(reply: &PromptReply) -> usize {
    match reply {
        PromptReply::Done(prompt) => {
            let messages = prompt.messages.iter().map(|message| blocks_size(&message.blocks));
            prompt.system.len() + messages.sum::<usize>()
        }
        PromptReply::Ask(questions) => questions.state.len(),
    }
}

fn blocks_size(blocks: &[Block]) -> usize {
    let size = |block: &Block| match &block.content {
        BlockContent::Text(text) => text.len(),
        BlockContent::Image { data, .. } | BlockContent::Audio { data, .. } => data.len(),
        BlockContent::Link(link) => link.uri.len() + link.name.len(),
        BlockContent::Embedded { content, .. } => match content {
            EmbeddedContent::Text(text) => text.len(),
            EmbeddedContent::Bytes(bytes) => bytes.len(),
        },
    };
    blocks.iter().map(size).sum()
}
