//! The bill of each run: begun, ended or broken off, it is noted in the
//! journal and told to whoever keeps count.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ctx_model::{Broke, CallError, Caller, Form, Phase, Receipt, Refusal, Usage};
use ctx_store::JournalEntry;

use crate::catalog::Installed;
use crate::halts::{Halts, Leave, Verdict};
use crate::host::Host;
use crate::journal::Journal;

/// Keeps count of runs while the process lives.
pub trait Observer: Send + Sync {
    /// A run has begun.
    fn began(&self, extension: &str, role: &'static str);
    /// A run has ended; every run that began does.
    fn ended(&self, role: &'static str, entry: &JournalEntry);
    /// A handler of a hook was run, or was not: `ok`, `error`, `timeout` or
    /// `skipped`.
    fn hook_ran(&self, _extension: &str, _phase: Phase, _outcome: &'static str, _wall: Duration) {}
    /// A handler of a hook gave nothing; the code says why.
    fn hook_failed(&self, _extension: &str, _code: &'static str) {}
    /// A handler of a hook was not run: `kill_switch`, `circuit_open`,
    /// `disabled_tenant`, `budget_exceeded`, `scope_denied` or `queue_full`.
    fn hook_skipped(&self, _extension: &str, _phase: Phase, _reason: &'static str) {}
    /// A hook wanted more than its budget of `time` or `token`.
    fn hook_overran(&self, _extension: &str, _budget: &'static str) {}
    /// A hook added text of so many tokens.
    fn hook_added(&self, _extension: &str, _phase: Phase, _tokens: u32) {}
    /// All hooks of a phase took so long, within something that took longer.
    fn phase_ran(&self, _phase: Phase, _hooks: Duration, _whole: Duration) {}
    /// A state transaction was decided about.
    fn transaction(&self, _extension: &str, _policy: &'static str, _result: &'static str) {}
}

/// A run that has begun. Dropped before it has ended, it is noted as
/// cancelled: whoever asked has gone, and the guest is stopped with it.
pub(crate) struct Running {
    bills: Bills,
    extension: Arc<Installed>,
    role: &'static str,
    name: String,
    caller: Caller,
    begun: Instant,
    leave: Result<Leave, Refusal>,
    /// Whether what it answered is not what it had promised.
    fell_short: bool,
    is_over: bool,
}

/// Where bills go.
#[derive(Clone)]
pub(crate) struct Bills {
    pub(crate) journal: Arc<Journal>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) halts: Arc<Halts>,
}

impl Host {
    /// Notes that a run begins.
    pub(crate) fn begin(
        &self,
        extension: &Arc<Installed>,
        role: &'static str,
        name: &str,
        caller: &Caller,
    ) -> Running {
        self.bills().begin(extension, role, name, caller)
    }

    pub(crate) fn bills(&self) -> Bills {
        Bills {
            journal: self.journal.clone(),
            observer: self.observer.clone(),
            halts: self.halts.clone(),
        }
    }
}

impl Bills {
    /// Notes that a run begins.
    pub(crate) fn begin(
        self,
        extension: &Arc<Installed>,
        role: &'static str,
        name: &str,
        caller: &Caller,
    ) -> Running {
        if let Some(observer) = &self.observer {
            observer.began(extension.name.as_str(), role);
        }
        let leave = if self.halts.is_off() && extension.form != Form::Native {
            Err(Refusal::SwitchedOff { extension: extension.name.clone() })
        } else {
            self.halts.admit(&extension.name, extension.digest)
        };
        Running {
            bills: self,
            extension: extension.clone(),
            role,
            name: name.to_owned(),
            caller: caller.clone(),
            begun: Instant::now(),
            leave,
            fell_short: false,
            is_over: false,
        }
    }
}

impl Running {
    /// Fails if the extension is disabled or paused: then nothing of it runs.
    pub(crate) fn leave(&self) -> Result<(), Refusal> {
        self.leave.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Notes that what it answered is not what it had promised.
    pub(crate) fn fell_short(&mut self) {
        self.fell_short = true;
    }

    /// Notes how it ended.
    pub(crate) fn end<T>(mut self, receipt: &Receipt<T>) {
        self.judge(self.verdict(receipt));
        let (outcome, message) = match &receipt.outcome {
            Ok(_) => ("ok", None),
            Err(error) => (code(error), Some(error.to_string())),
        };
        self.note(outcome, message, receipt.usage);
    }

    /// Notes that it ended for a reason that is not the extension's.
    pub(crate) fn fail(mut self, outcome: &str, message: String) {
        let usage = Usage { wall: self.begun.elapsed(), ..Usage::default() };
        self.judge(Verdict::Unknown);
        self.note(outcome, Some(message), usage);
    }

    fn verdict<T>(&self, receipt: &Receipt<T>) -> Verdict {
        match &receipt.outcome {
            Err(CallError::Failed { failure, .. }) if self.fell_short => {
                Verdict::Unsound(failure.message.clone())
            }
            Ok(_) | Err(CallError::Failed { .. }) => Verdict::Sound,
            // Of another extension that worked for this one.
            Err(CallError::Broke { extension, .. }) if *extension != self.extension.name => {
                Verdict::Unknown
            }
            Err(CallError::Broke { broke: broke @ (Broke::Limit(_) | Broke::Trap(_)), .. }) => {
                Verdict::Unsound(broke.to_string())
            }
            Err(CallError::Broke { .. } | CallError::Refused(_)) => Verdict::Unknown,
        }
    }

    fn judge(&self, verdict: Verdict) {
        if let Ok(leave) = &self.leave {
            let Installed { name, digest, .. } = &*self.extension;
            self.bills.halts.note(name, *digest, *leave, verdict);
        }
    }

    fn note(&mut self, outcome: &str, message: Option<String>, usage: Usage) {
        self.is_over = true;
        let entry = JournalEntry {
            time: millis(),
            extension: self.extension.name.to_string(),
            role: self.role.to_owned(),
            name: std::mem::take(&mut self.name),
            outcome: outcome.to_owned(),
            message,
            fuel: usage.fuel,
            peak_memory: usage.peak_memory,
            wall_us: u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX),
            host_calls: usage.host_calls,
            caller: self.caller.id.clone(),
            request: self.caller.request().map(str::to_owned),
        };
        if let Some(observer) = &self.bills.observer {
            observer.ended(self.role, &entry);
        }
        self.bills.journal.record(entry);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            // What it spent is gone with its instance.
            let usage = Usage { wall: self.begun.elapsed(), ..Usage::default() };
            self.judge(Verdict::Unknown);
            self.note("cancelled", Some("whoever asked has gone away".to_owned()), usage);
        }
    }
}

/// Begins a trace for a caller who brings none.
pub(crate) fn traced(mut caller: Caller) -> Caller {
    if caller.request().is_none() {
        caller.trace = crate::random::trace();
    }
    caller
}

/// The word for how a call ended, as in the journal.
fn code(error: &CallError) -> &'static str {
    match error {
        CallError::Refused(_) => "refused",
        CallError::Failed { failure, .. } => failure.kind.as_str(),
        CallError::Broke { broke: Broke::Limit(limit), .. } => limit.as_str(),
        CallError::Broke { broke: Broke::Trap(_), .. } => "trap",
        CallError::Broke { broke: Broke::Cancelled, .. } => "cancelled",
        CallError::Broke { broke: Broke::Disabled, .. } => "disabled",
    }
}

/// Milliseconds since the epoch.
pub(crate) fn millis() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
