//! What the actions of the cases do: one file for each matter.

pub(crate) mod agent;
pub(crate) mod completer;
pub(crate) mod connector;
pub(crate) mod embedder;
pub(crate) mod extension;
pub(crate) mod extractor;
pub(crate) mod hook;
pub(crate) mod host;
pub(crate) mod law;
pub(crate) mod resource;
pub(crate) mod scene;
pub(crate) mod tool;
pub(crate) mod transform;

use ctx_model::{CallError, FailureKind, Receipt, Refusal};

use crate::check::Verdict;
use crate::outcome;

/// Judges a run that gave no answer. To be refused a power, or to fail on
/// purpose, is what an extension may do with arguments that a machine made up.
fn judged(error: &CallError, promises_answers: bool) -> Verdict {
    match error {
        CallError::Refused(Refusal::Denied { .. }) => {
            Verdict::pass(format!("it asks for {}, which a fixture does not grant", powers(error)))
        }
        CallError::Refused(Refusal::InvalidArguments { problems, .. }) => Verdict::skip(format!(
            "no arguments could be made up that fit its schema ({}); give it `examples`",
            problems.join("; ")
        )),
        CallError::Refused(Refusal::InvalidSettings { problems, .. }) => Verdict::skip(format!(
            "no settings could be made up that fit its schema ({}); give it `examples`",
            problems.join("; ")
        )),
        CallError::Refused(refusal) => Verdict::fail(refusal.to_string()),
        CallError::Failed { failure, .. } if failure.kind == FailureKind::Internal => {
            let detail =
                format!("with arguments that fit its schema it fails: {}", failure.message);
            if promises_answers {
                Verdict::fail(detail)
            } else {
                Verdict::warn(format!("{detail}; a failure on purpose has another kind"))
            }
        }
        CallError::Failed { failure, .. } => Verdict::pass(format!(
            "it fails on purpose: {} ({})",
            failure.message,
            failure.kind.as_str()
        )),
        CallError::Broke { .. } => Verdict::fail(error.to_string()),
    }
}

/// Judges two runs that were asked the same.
fn judged_alike<T: PartialEq>(first: &Receipt<T>, second: &Receipt<T>) -> Verdict {
    let verdict = if first.outcome != second.outcome {
        let ended = |receipt: &Receipt<T>| match &receipt.outcome {
            Ok(_) => "ok".to_owned(),
            Err(error) => outcome::words(error),
        };
        let (first, second) = (ended(first), ended(second));
        if first == second {
            Verdict::fail("the same question had two answers")
        } else {
            Verdict::fail(format!("it ended as `{first}`, and then as `{second}`"))
        }
    } else if first.usage.fuel != second.usage.fuel {
        Verdict::fail(format!(
            "the same answer cost {} fuel, and then {}",
            first.usage.fuel, second.usage.fuel
        ))
    } else if let Err(error @ CallError::Broke { .. }) = &first.outcome {
        Verdict::fail(error.to_string())
    } else {
        Verdict::pass("")
    };
    verdict.billed(second.usage)
}

/// Says what was denied.
fn powers(error: &CallError) -> String {
    let denials = outcome::denials(error).iter().map(ToString::to_string);
    denials.collect::<Vec<_>>().join(", ")
}
