//! The laws of merging: one test for each sentence of the reference, most of
//! them over whatever transactions there are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod checked;
mod contested;
mod laws;
mod ordered;
mod resolved;

use std::collections::HashSet;

use ctx_merge::{Action, Batch, ConflictPolicy, Operation, Proposal, Settled, Transaction};
use serde_json::Value;

fn set(path: &str, value: impl Into<Value>) -> Operation {
    Operation { path: path.to_owned(), action: Action::Set, value: Some(value.into()) }
}

fn increment(path: &str, by: impl Into<Value>) -> Operation {
    Operation { path: path.to_owned(), action: Action::Increment, value: Some(by.into()) }
}

fn append(path: &str, value: impl Into<Value>) -> Operation {
    Operation { path: path.to_owned(), action: Action::Append, value: Some(value.into()) }
}

/// A proposal of the extension `origin`, with the id `t`.
fn from(origin: &str, policy: ConflictPolicy, operations: Vec<Operation>) -> Proposal {
    Proposal {
        origin: origin.to_owned(),
        rank: None,
        priority: 0,
        transaction: Transaction {
            id: "t".to_owned(),
            operations,
            policy,
            weight: 0,
            resolver: None,
            metadata: None,
        },
    }
}

fn weighing(weight: u32, mut proposal: Proposal) -> Proposal {
    proposal.transaction.weight = weight;
    proposal
}

fn priority(priority: i32, proposal: Proposal) -> Proposal {
    Proposal { priority, ..proposal }
}

fn named(id: &str, mut proposal: Proposal) -> Proposal {
    id.clone_into(&mut proposal.transaction.id);
    proposal
}

fn resolved_by(resolver: &str, mut proposal: Proposal) -> Proposal {
    proposal.transaction.policy = ConflictPolicy::Resolver;
    proposal.transaction.resolver = Some(resolver.to_owned());
    proposal
}

/// Merges without anybody to ask.
fn merge(document: &Value, proposals: Vec<Proposal>) -> Settled {
    Batch::new(document, proposals, |_, _| false).settle(Vec::new(), false).unwrap()
}

/// The document afterwards, and what became of each, as `origin:outcome`.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests write values down")]
fn check(document: Value, proposals: Vec<Proposal>, after: Value, outcomes: &[&str]) {
    let settled = merge(&document, proposals);
    assert_eq!(settled.document, after);
    assert_eq!(told(&settled), outcomes);
}

fn told(settled: &Settled) -> Vec<String> {
    let one =
        |verdict: &ctx_merge::Verdict| format!("{}:{}", verdict.origin, verdict.outcome.as_str());
    settled.verdicts.iter().map(one).collect()
}

/// Merges, with what was seen before remembered.
fn merge_seen(
    document: &Value,
    proposals: Vec<Proposal>,
    seen: &mut HashSet<(String, String)>,
) -> Settled {
    let known = |origin: &str, id: &str| seen.contains(&(origin.to_owned(), id.to_owned()));
    let settled = Batch::new(document, proposals, known).settle(Vec::new(), false).unwrap();
    seen.extend(settled.verdicts.iter().map(|one| (one.origin.clone(), one.transaction.clone())));
    settled
}
