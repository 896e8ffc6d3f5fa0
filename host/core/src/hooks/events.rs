//! Events: what has happened, told to those who listen, later and by somebody
//! else. Nothing waits for it, and nothing is slower for it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ctx_model::{CallError, Caller, Event, Limits, Receipt};
use serde_json::{Value, json};
use tokio::sync::Notify;

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

impl Host {
    /// Notes that something has happened, for those who listen. Costs one
    /// atomic load if nobody does; `payload` is made only if somebody might.
    pub fn fire(&self, event: Event, payload: impl FnOnce() -> Value) {
        if self.hears(event) {
            let mut payload = payload();
            payload["hook"] = json!(event.as_str());
            self.hooking.queue.push(event, payload);
        }
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

    /// Tells listeners of what happens, as long as somebody polls this. For a
    /// process that stays.
    pub async fn attend_events(&self) {
        loop {
            if let Err(error) = self.deliver_events().await {
                tracing::warn!(why = %error, "events cannot be told");
            }
            self.hooking.queue.bell.notified().await;
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
                    unheard(name, event, error);
                }
                running.end(&told);
                continue;
            }
            let lent = match running.leave() {
                Ok(()) => self.lend(extension, caller).await,
                Err(refusal) => Err(refusal),
            };
            let receipt = match lent {
                Err(refusal) => Receipt::refused(refusal),
                Ok((prepared, lent)) => {
                    let limits = Limits { time, ..extension.limits.clone() };
                    self.sandbox.observe(&prepared, lent, limits, event, payload.to_string()).await
                }
            };
            if let Err(error) = &receipt.outcome {
                unheard(name, event, error);
            }
            running.end(&receipt);
        }
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
fn unheard(extension: &str, event: Event, error: &CallError) {
    tracing::warn!(extension, event = event.as_str(), why = %error, "did not hear");
}
