//! Events: what has happened, told to those who listen, later and by somebody
//! else. Nothing waits for it, and nothing is slower for it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ctx_model::{CallError, Caller, Event, Kept, Limits, Passage, Receipt, Stored};
use ctx_sandbox::{Lent, Loan};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::Hooking;
use crate::bill::traced;
use crate::catalog::Catalog;
use crate::error::HostError;
use crate::host::Host;

/// Events that wait to be told. Of more, the oldest are lost.
const MOST: usize = 4096;

/// What a listener may take, unless its manifest says less.
const TIME: Duration = Duration::from_secs(5);

/// Events that nobody has been told of yet.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<VecDeque<(Event, Value)>>,
    /// Rung when there is something to tell.
    bell: Notify,
}

impl Queue {
    fn push(&self, event: Event, payload: Value) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MOST {
            waiting.pop_front();
            tracing::warn!(most = MOST, "events are lost: listeners are too slow");
        }
        waiting.push_back((event, payload));
        drop(waiting);
        self.bell.notify_one();
    }

    fn pop(&self) -> Option<(Event, Value)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Hooking {
    /// Notes that something has happened.
    pub(crate) fn fire(&self, event: Event, payload: impl FnOnce() -> Value) {
        if self.hears(event) {
            let mut payload = payload();
            payload["hook"] = json!(event.as_str());
            self.queue.push(event, payload);
        }
    }

    /// Notes that somebody reads a document.
    pub(crate) fn fire_read(&self, stored: &Stored) {
        self.fire(Event::PreRead, || {
            let document = &stored.document;
            let path = document.uri.as_deref().unwrap_or(&document.id);
            json!({
                "path": path,
                "source": stored.source,
                "id": document.id,
                "document": stored.id.to_string(),
            })
        });
    }
}

/// What a compressor was given, counted before it has it.
pub(crate) struct Given {
    tokens: u32,
    bytes: usize,
}

impl Host {
    /// Notes that something has happened, for those who listen. Costs one
    /// atomic load if nobody does; `payload` is made only if somebody might.
    pub fn fire(&self, event: Event, payload: impl FnOnce() -> Value) {
        self.hooking.fire(event, payload);
    }

    /// Counts what a compressor is given, if anybody will hear of it.
    pub(crate) fn given(&self, passages: &[Passage]) -> Option<Given> {
        self.hears(Event::PostCompress).then(|| Given {
            tokens: passages.iter().map(|one| crate::tokens::count(&one.text)).sum(),
            bytes: passages.iter().map(|one| one.text.len()).sum(),
        })
    }

    /// Notes that a compressor made of what it was given what it kept; `path`
    /// is where that is from, if it is from one place.
    pub(crate) fn fire_compressed(
        &self,
        given: &Given,
        kept: &[Kept],
        compressor: &str,
        path: Option<&str>,
    ) {
        self.fire(Event::PostCompress, || {
            let tokens: u32 = kept.iter().map(|one| crate::tokens::count(&one.text)).sum();
            let bytes: usize = kept.iter().map(|one| one.text.len()).sum();
            let mut said = json!({
                "compressor": compressor,
                "original_tokens": given.tokens,
                "compressed_tokens": tokens,
                "original_bytes": given.bytes,
                "compressed_bytes": bytes,
            });
            if let Some(path) = path {
                said["path"] = json!(path);
            }
            said
        });
    }

    /// Tells listeners of what has happened, and returns once there is nothing
    /// left to tell. For a process that is about to end.
    pub async fn deliver_events(&self) -> Result<(), HostError> {
        while let Some((event, payload)) = self.hooking.queue.pop() {
            // Whoever fired it may have done so before anybody had looked.
            self.catalog().await?;
            Box::pin(self.deliver(event, payload)).await;
        }
        Ok(())
    }

    /// Tells listeners of what happens until `over` is, and then of what is
    /// left. For a process that stays, or works for long.
    pub async fn attend_events(&self, over: impl Future<Output = ()>) {
        let mut over = std::pin::pin!(over);
        let mut is_over = false;
        loop {
            if let Err(error) = self.deliver_events().await {
                tracing::warn!(why = %error, "events cannot be told");
            }
            if is_over {
                return;
            }
            // Nobody is cut off in the middle of being told.
            tokio::select! {
                () = self.hooking.queue.bell.notified() => {}
                () = &mut over => is_over = true,
            }
        }
    }

    async fn deliver(&self, event: Event, payload: Value) {
        let plan = self.hooking.plan();
        let policy = self.hook_policy();
        for extension in plan.observers(event) {
            let name = extension.name.as_str();
            let word = policy.overrides.get(name).and_then(|word| word.enabled);
            if !word.unwrap_or(!extension.hook_manifest.starts_disabled) {
                continue;
            }
            let asked = extension.hook_manifest.hooks.get(event.as_str());
            let time = asked
                .and_then(|hook| hook.max_ms)
                .map_or(TIME, |most| Duration::from_millis(most.into()).min(TIME));
            let caller = traced(Caller::default());
            let running = self.begin(extension, "hook", event.as_str(), &caller);
            if let (Ok(()), Some(commands)) = (running.leave(), extension.code.as_commands()) {
                let said = payload.to_string();
                let told = self.tell_command(extension, commands, event, &said, caller).await;
                if let Err(error) = &told.outcome {
                    failed(name, event, error);
                }
                running.end(&told);
                continue;
            }
            let lent = match running.leave() {
                Ok(()) => self.lend(extension, caller).await,
                Err(refusal) => Err(refusal),
            };
            let lent = lent.map(|(prepared, lent)| (prepared, self.unheard(event, lent)));
            let receipt = match lent {
                Err(refusal) => Receipt::refused(refusal),
                Ok((prepared, lent)) => {
                    let limits = Limits { time, ..extension.limits.clone() };
                    self.sandbox.observe(&prepared, lent, limits, event, payload.to_string()).await
                }
            };
            if let Err(error) = &receipt.outcome {
                failed(name, event, error);
            }
            running.end(&receipt);
        }
    }

    /// Lends to whoever hears of reading: what he reads himself is told to
    /// nobody, or it would never end.
    fn unheard(&self, event: Event, lent: Lent) -> Lent {
        if event != Event::PreRead {
            return lent;
        }
        let loan = Loan { ports: self.ports_unheard(), ..Loan::clone(&lent.loan) };
        Lent { loan: loan.into(), ..lent }
    }

    /// Notes which extensions came, went or are different.
    pub(crate) fn fire_changed(&self, before: &Catalog, after: &Catalog) {
        if !self.hears(Event::ExtensionChanged) {
            return;
        }
        let names = before.installed.keys().chain(after.installed.keys());
        let names: std::collections::BTreeSet<_> = names.collect();
        for name in names {
            let change = match (before.installed.get(name), after.installed.get(name)) {
                (Some(one), Some(other)) if std::sync::Arc::ptr_eq(one, other) => continue,
                (Some(_), Some(_)) => "changed",
                (None, _) => "added",
                (_, None) => "removed",
            };
            let payload = || json!({ "extension": name.as_str(), "change": change });
            self.fire(Event::ExtensionChanged, payload);
        }
    }
}

/// A listener changes nothing, and neither does its failure.
fn failed(extension: &str, event: Event, error: &CallError) {
    tracing::warn!(extension, event = event.as_str(), why = %error, "did not hear");
}
