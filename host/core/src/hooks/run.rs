//! One run of one handler: a place in its line, its budgets, what it may see,
//! and what became of it.

use std::time::{Duration, Instant};

use ctx_model::{
    Broke, CallError, Caller, HookOutput, HookRun, HookSubject, Limit, Limits, Receipt, Refusal,
};
use serde_json::Value;
use tracing::Instrument as _;

use super::outcome::RunReport;
use super::plan::Listener;
use super::{PhaseCall, scopes};
use crate::bill::{Observer, traced};
use crate::host::Host;

/// Shorter budgets are spent before anything has run.
const SHORTEST: Duration = Duration::from_millis(1);

/// A handler that was run, or that was not.
pub(super) struct Ran {
    pub(super) report: RunReport,
    /// Absent if there is nothing of it to use.
    pub(super) output: Option<HookOutput>,
}

/// Why a handler gives nothing.
struct Nothing {
    outcome: &'static str,
    code: &'static str,
    message: String,
    details: Option<String>,
}

impl Host {
    /// Tells whoever keeps count.
    pub(super) fn count(&self, tell: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.observer {
            tell(&**observer);
        }
    }

    /// Runs a handler, of whose phase so much time is left.
    pub(super) async fn run_hook(
        &self,
        listener: &Listener,
        call: &PhaseCall,
        left: Option<Duration>,
    ) -> Ran {
        let Listener { extension, phase, handler, .. } = listener;
        let name = extension.name.as_str();
        let caller = traced(call.caller.clone());
        let span = tracing::info_span!(
            "extension.hook",
            extension = name,
            phase = phase.as_str(),
            handler,
            outcome = tracing::field::Empty,
            code = tracing::field::Empty,
            trace = caller.trace,
        );
        let begun = Instant::now();
        let ran = self.run_within(listener, call, left, caller).instrument(span.clone()).await;
        let wall = begun.elapsed();
        let (output, outcome, code, message, details) = match ran {
            Ok(output) => (Some(output), "ok", None, None, None),
            Err(Nothing { outcome, code, message, details }) => {
                (None, outcome, Some(code), Some(message), details)
            }
        };
        span.record("outcome", outcome);
        self.count(|observer| observer.hook_ran(name, *phase, outcome, wall));
        if let Some(code) = code {
            span.record("code", code);
            self.count(|observer| observer.hook_failed(name, code));
        }
        let (extension, handler) = (name.to_owned(), handler.clone());
        let report = RunReport { extension, handler, outcome, code, message, details, wall };
        Ran { report, output }
    }

    async fn run_within(
        &self,
        listener: &Listener,
        call: &PhaseCall,
        left: Option<Duration>,
        caller: Caller,
    ) -> Result<HookOutput, Nothing> {
        let Listener { extension, phase, handler, .. } = listener;
        let name = extension.name.as_str();
        let skipped = |reason: &'static str, code, message: String| {
            self.count(|observer| observer.hook_skipped(name, *phase, reason));
            Nothing { outcome: "skipped", code, message, details: None }
        };
        if !listener.is_enabled {
            let message = "its hooks are disabled; enable them in `extensions.overrides`";
            return Err(skipped("disabled_tenant", "EXT_DISABLED", message.to_owned()));
        }
        let time = left.map_or(listener.time, |left| left.min(listener.time));
        if time < SHORTEST {
            let message = "those before it spent all the time".to_owned();
            return Err(skipped("budget_exceeded", "EXT_TIME_BUDGET_EXCEEDED", message));
        }
        let Ok(_place) = listener.gate.enter().await else {
            let message =
                format!("{} of its hooks run, and the line is full", listener.concurrency);
            return Err(skipped("queue_full", "EXT_BUSY", message));
        };
        let running = self.begin(extension, "hook", handler, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(extension, caller.clone()).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = Limits { time, ..extension.limits.clone() };
                let run = HookRun {
                    handler: handler.clone(),
                    tenant: call
                        .context
                        .tenant
                        .clone()
                        .unwrap_or_else(|| super::commit::TENANT.to_owned()),
                    session: call.context.session.clone(),
                    role: call.context.role.clone(),
                    request: caller.request().unwrap_or_default().to_owned(),
                    time_budget: time,
                    token_budget: Some(
                        call.context.token_budget.unwrap_or(u32::MAX).min(listener.tokens),
                    ),
                    dry_run: call.dry_run,
                };
                let subject = subject(listener, call);
                Box::pin(self.sandbox.run_hook(&prepared, lent, limits, *phase, run, subject)).await
            }
        };
        running.end(&receipt);
        receipt.outcome.map_err(|error| self.nothing(listener, error))
    }

    /// Says what an error of a handler means.
    fn nothing(&self, listener: &Listener, error: CallError) -> Nothing {
        let Listener { extension, phase, time, .. } = listener;
        let name = extension.name.as_str();
        let skip = |reason| {
            self.count(|observer| observer.hook_skipped(name, *phase, reason));
            "skipped"
        };
        let (outcome, code) = match &error {
            CallError::Refused(Refusal::Disabled { .. } | Refusal::SwitchedOff { .. }) => {
                (skip("kill_switch"), "EXT_DISABLED")
            }
            CallError::Broke { broke: Broke::Disabled, .. } => {
                (skip("kill_switch"), "EXT_DISABLED")
            }
            CallError::Refused(Refusal::Paused { .. }) => (skip("circuit_open"), "EXT_PAUSED"),
            CallError::Refused(_) => ("error", "EXT_HOOK_REFUSED"),
            CallError::Broke { broke: Broke::Limit(Limit::Time(_)), .. } => {
                self.count(|observer| observer.hook_overran(name, "time"));
                let message = format!("it took longer than its {} ms", time.as_millis());
                let code = "EXT_TIME_BUDGET_EXCEEDED";
                return Nothing { outcome: "timeout", code, message, details: None };
            }
            CallError::Broke { .. } => ("error", "EXT_HOOK_STOPPED"),
            CallError::Failed { .. } => ("error", "EXT_HOOK_FAILED"),
        };
        let details = match &error {
            CallError::Failed { failure, .. } => failure.details.clone(),
            _ => None,
        };
        let message = match error {
            CallError::Failed { failure, .. } => failure.message,
            other => other.to_string(),
        };
        Nothing { outcome, code, message, details }
    }
}

/// Returns what a handler is shown: without what it may not see.
fn subject(listener: &Listener, call: &PhaseCall) -> HookSubject {
    let hidden = call.classes.hidden(&listener.scopes);
    let body = match &call.subject {
        Value::String(text) => text.clone(),
        value if hidden.is_empty() => value.to_string(),
        value => scopes::stripped(value, &hidden).to_string(),
    };
    HookSubject { kind: call.kind.clone(), body }
}
