//! How a run ended, in one word and its matter: `ok`, `refused:http`,
//! `failed:internal`, `stopped:fuel`. Cases name these; no message is read.

use ctx_model::{Broke, CallError, Denial, Refusal};

/// Returns the words for how a run ended, if not with an answer.
pub(crate) fn words(error: &CallError) -> String {
    match error {
        CallError::Refused(refusal) => format!("refused:{}", refused(refusal)),
        CallError::Failed { failure, .. } => format!("failed:{}", failure.kind.as_str()),
        CallError::Broke { broke, .. } => format!("stopped:{}", stopped(broke)),
    }
}

/// Returns what was denied.
pub(crate) fn denials(error: &CallError) -> &[Denial] {
    match error {
        CallError::Refused(Refusal::Denied { denials, .. }) => denials,
        _ => &[],
    }
}

/// Returns the capability that was denied and what of it.
pub(crate) fn denied(denial: &Denial) -> (&'static str, String) {
    match denial {
        Denial::Http { origin, .. } | Denial::PrivateAddress { origin, .. } => {
            ("http", origin.to_string())
        }
        Denial::Env(name) => ("env", name.clone()),
        Denial::Secret(name) => ("secrets", name.clone()),
        Denial::Folder(name) => ("files", name.clone()),
        Denial::Path { path, .. } => ("files", path.clone()),
        Denial::Kv => ("kv", "true".to_owned()),
        Denial::Context(source) => ("context", source.clone()),
        Denial::Unsafe(id) => ("unsafe", id.clone()),
    }
}

fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown { .. } => "unknown",
        Refusal::InvalidArguments { .. } => "arguments",
        Refusal::InvalidSettings { .. } => "settings",
        Refusal::Denied { denials, .. } => denials.first().map_or("grant", |one| denied(one).0),
        Refusal::Untrusted { .. } => "untrusted",
        Refusal::Unusable { .. } => "unusable",
        Refusal::NotReady { .. } => "not-ready",
        Refusal::Busy { .. } => "busy",
        Refusal::Disabled { .. } => "disabled",
        Refusal::SwitchedOff { .. } => "switched-off",
        Refusal::Paused { .. } => "paused",
        Refusal::OutOfReach { .. } => "out-of-reach",
        Refusal::Crowded { .. } => "crowded",
    }
}

fn stopped(broke: &Broke) -> &'static str {
    match broke {
        Broke::Limit(limit) => limit.as_str(),
        Broke::Trap(_) => "trap",
        Broke::Cancelled => "cancelled",
        Broke::Disabled => "disabled",
    }
}
