//! What an extension may do: its requests and the operator's word, and never
//! more than either. Reads no file and no clock.

use std::collections::BTreeSet;

use ctx_model::{ContextGrant, Grant, HostPattern, HttpGrant, Policy, Requests};

use crate::manifest::request_of_folder;

/// The name under which an extension knows its own folder.
pub(crate) const OWN_FOLDER: &str = ".";

/// Decides. Without requests, as in a script that never says what it needs,
/// only the operator's word counts.
pub(crate) fn decide(requests: Option<&Requests>, policy: &Policy, has_folder: bool) -> Grant {
    let both = |asked: Option<&Vec<String>>, allowed: &BTreeSet<String>| match asked {
        None => allowed.clone(),
        Some(asked) => asked.iter().filter(|name| allowed.contains(*name)).cloned().collect(),
    };
    let mut folders = folders(requests, policy);
    if has_folder {
        // Its content is part of the digest, so reading it tells nothing new.
        folders.insert(OWN_FOLDER.to_owned());
    }
    Grant {
        http: HttpGrant {
            requested: requests.map(|requests| patterns(&requests.http)),
            granted: policy.http.clone(),
        },
        env: both(requests.map(|requests| &requests.env), &policy.env),
        secrets: both(requests.map(|requests| &requests.secrets), &policy.secrets),
        folders,
        kv: policy.kv && requests.is_none_or(|requests| requests.kv),
        context: context(requests, &policy.context),
    }
}

/// Parses patterns that were checked when the manifest was read.
pub(crate) fn patterns(texts: &[String]) -> Vec<HostPattern> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn folders(requests: Option<&Requests>, policy: &Policy) -> BTreeSet<String> {
    let allowed = policy.folders.keys().cloned();
    let Some(requests) = requests else { return allowed.collect() };
    let asked: BTreeSet<String> = requests
        .files
        .iter()
        .filter_map(|text| request_of_folder(text).ok()?.name().map(str::to_owned))
        .collect();
    allowed.filter(|name| asked.contains(name)).collect()
}

fn context(requests: Option<&Requests>, allowed: &BTreeSet<String>) -> ContextGrant {
    let everything = "*";
    let sources: BTreeSet<String> = match requests {
        None => allowed.clone(),
        Some(requests) => {
            let asked: BTreeSet<String> = requests.context.iter().cloned().collect();
            match (asked.contains(everything), allowed.contains(everything)) {
                (true, _) => allowed.clone(),
                (false, true) => asked,
                (false, false) => asked.intersection(allowed).cloned().collect(),
            }
        }
    };
    if sources.contains(everything) {
        ContextGrant::Everything
    } else if sources.is_empty() {
        ContextGrant::Nothing
    } else {
        ContextGrant::Sources(sources)
    }
}

#[cfg(test)]
mod tests;
