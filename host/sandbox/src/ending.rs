//! How a run ended: the one place that reads wasmtime's errors.

use ctx_model::{Broke, CallError, Failure, FailureKind, Limit, Outcome, Refusal, shortened};
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;

use crate::lend::stdio::TooMuch;
use crate::state::{HANDLES, State};

/// Bytes of a failure's message, and of its details.
const MESSAGE: usize = 16 * 1024;
const DETAILS: usize = 256 * 1024;

/// What a run came to, before the host has its say.
pub(crate) enum Ended<T> {
    Answered(T),
    Failed(Failure),
    /// An error of wasmtime: a trap, or an error of a lent function.
    Stopped(wasmtime::Error),
    /// The deadline came first.
    TimedOut(std::time::Duration),
    /// Cut short by the host with this limit.
    Cut(Limit),
    /// The operator disabled the extension.
    Halted,
}

impl<T> Ended<T> {
    /// Gives an end that is no answer another type of answer. An answer would
    /// be lost, so it ends the run as a trap.
    pub(crate) fn without_answer<U>(self) -> Ended<U> {
        match self {
            Self::Answered(_) => Ended::Stopped(wasmtime::Error::msg("its answer was lost")),
            Self::Failed(failure) => Ended::Failed(failure),
            Self::Stopped(error) => Ended::Stopped(error),
            Self::TimedOut(time) => Ended::TimedOut(time),
            Self::Cut(limit) => Ended::Cut(limit),
            Self::Halted => Ended::Halted,
        }
    }
}

/// Decides the outcome, in order of authority: what the operator stopped, what
/// the host denied, what the sandbox stopped, what the extension says.
///
/// A denial ends a run as refused whatever the guest made of it, so that an
/// answer never rests on something that was quietly missing.
pub(crate) fn outcome<T>(state: &mut State, ended: Ended<T>) -> Outcome<T> {
    let extension = state.extension().clone();
    let exhausted = state.meter.take_exhausted();
    let denials = state.denials.take();
    let broke = |broke| Err(CallError::Broke { extension: extension.clone(), broke });
    if !denials.is_empty() && !matches!(ended, Ended::Halted) {
        let entry = state.entry().cloned().map(Box::new);
        // A guest chose these words, and may have put a secret into them.
        let clean = |text: String| state.redact(&text).into_owned();
        let denials = denials.into_iter().map(|one| one.with_text(clean)).collect();
        return Err(Refusal::Denied { extension, denials, entry }.into());
    }
    // It failed for want of room, and may do well a moment later.
    if matches!(ended, Ended::Failed(_) | Ended::Stopped(_))
        && exhausted.is_none()
        && let Some(refusal) = state.meter.crowded()
    {
        return Err(refusal.into());
    }
    match ended {
        Ended::Answered(answer) => Ok(answer),
        Ended::Halted => broke(Broke::Disabled),
        Ended::Cut(limit) => broke(Broke::Limit(limit)),
        Ended::TimedOut(time) => broke(Broke::Limit(Limit::Time(time))),
        Ended::Failed(failure) => match (exhausted, failure.kind) {
            // It failed after an allocation was refused: that is why.
            (Some(limit), _) => broke(Broke::Limit(limit)),
            // So an interpreter says that its stack is used up. Anybody else
            // says it of something of his own.
            (None, FailureKind::Exhausted) if state.lent.loan.script.is_some() => {
                broke(Broke::Limit(Limit::Stack))
            }
            (None, FailureKind::Cancelled) if state.is_cancelled() => broke(Broke::Cancelled),
            (None, _) => {
                let message = shortened(state.redact(&failure.message).into_owned(), MESSAGE);
                let details = failure
                    .details
                    .filter(|json| json.len() <= DETAILS)
                    .map(|json| state.redaction.json(json));
                let failure = Failure { message, details, ..failure };
                Err(CallError::Failed { extension, failure })
            }
        },
        Ended::Stopped(error) => broke(stopped(state, exhausted, &error)),
    }
}

fn stopped(state: &State, exhausted: Option<Limit>, error: &wasmtime::Error) -> Broke {
    if let Some(limit) = exhausted {
        return Broke::Limit(limit);
    }
    if let Some(TooMuch(most)) = error.downcast_ref::<TooMuch>() {
        return Broke::Limit(Limit::Output(*most));
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref::<ResourceTableError>() {
        return Broke::Limit(Limit::Handles(HANDLES as u64));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Broke::Limit(Limit::Fuel(state.meter.limits().fuel)),
        Some(Trap::StackOverflow) => Broke::Limit(Limit::Stack),
        trap => {
            let said = in_one_line(&state.redact(&state.stderr.tail()));
            let what = trap.map_or_else(|| root(error), ToString::to_string);
            Broke::Trap(if said.is_empty() { what } else { said })
        }
    }
}

/// Puts what a guest wrote last on one line, without the advice that Rust adds
/// to every panic.
fn in_one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let kept: Vec<&str> = lines.filter(|line| !line.contains("RUST_BACKTRACE")).collect();
    kept.join(" ")
}

fn root(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}
