//! How a run ended: the one place that reads wasmtime's errors.

use ctx_model::{Broke, CallError, Failure, FailureKind, Limit, Outcome, Refusal};
use wasmtime::Trap;

use crate::state::State;

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
        }
    }
}

/// Decides the outcome, in order of authority: what the sandbox stopped, what
/// the host denied, what the extension says.
///
/// A denial ends a run as refused whatever the guest made of it, so that an
/// answer never rests on something that was quietly missing.
pub(crate) fn outcome<T>(state: &mut State, ended: Ended<T>) -> Outcome<T> {
    let extension = state.extension().clone();
    let exhausted = state.meter.take_exhausted();
    let denials = state.denials.take();
    let broke = |broke| Err(CallError::Broke { extension: extension.clone(), broke });
    if let Ended::TimedOut(time) = ended {
        return broke(Broke::Limit(Limit::Time(time)));
    }
    if !denials.is_empty() {
        return Err(Refusal::Denied { extension, denials }.into());
    }
    match ended {
        Ended::Answered(answer) => Ok(answer),
        Ended::Cut(limit) => broke(Broke::Limit(limit)),
        Ended::TimedOut(time) => broke(Broke::Limit(Limit::Time(time))),
        Ended::Failed(failure) => match (exhausted, failure.kind) {
            // It failed after an allocation was refused: that is why.
            (Some(limit), _) => broke(Broke::Limit(limit)),
            (None, FailureKind::Exhausted) => broke(Broke::Limit(Limit::Stack)),
            (None, FailureKind::Cancelled) if state.is_cancelled() => broke(Broke::Cancelled),
            (None, _) => {
                let message = state.redact(&failure.message).into_owned();
                let details = failure.details.map(|json| state.redact(&json).into_owned());
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
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Broke::Limit(Limit::Fuel(state.meter.limits().fuel)),
        Some(Trap::StackOverflow) => Broke::Limit(Limit::Stack),
        trap => {
            let said = state.redact(&state.stderr.tail()).into_owned();
            let what = trap.map_or_else(|| root(error), ToString::to_string);
            Broke::Trap(if said.is_empty() { what } else { said })
        }
    }
}

fn root(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}
