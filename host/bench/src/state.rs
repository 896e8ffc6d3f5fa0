//! What state transactions cost: merged, and committed with their log.

use std::time::Instant;

use anyhow::{Result, ensure};
use ctx_merge::{Action, Batch, ConflictPolicy, Operation, Proposal, Transaction};
use ctx_store::{LoggedTransaction, StateCommit, Store};
use serde_json::{Value, json};

use crate::figure::Figure;

const BATCHES: usize = 100;
const TRANSACTIONS: usize = 100;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let begun = Instant::now();
    for batch in 0..BATCHES {
        let before = store.state_document("bench", "turns")?;
        let document: Value =
            before.value.as_deref().map_or(Ok(json!({})), serde_json::from_str)?;
        let proposals: Vec<Proposal> = (0..TRANSACTIONS).map(|n| proposal(batch, n)).collect();
        let ids: Vec<_> =
            proposals.iter().map(|one| (one.origin.clone(), one.transaction.id.clone())).collect();
        let seen = store.seen_transactions("bench", &ids)?;
        let known =
            |extension: &str, id: &str| seen.contains(&(extension.to_owned(), id.to_owned()));
        let settled = Batch::new(&document, proposals, known).settle(Vec::new(), false)?;
        let transactions = settled.verdicts.iter().map(|verdict| LoggedTransaction {
            extension: verdict.origin.clone(),
            id: verdict.transaction.clone(),
            outcome: verdict.outcome.as_str(),
        });
        let stored = store.commit_state(&StateCommit {
            tenant: "bench".to_owned(),
            document: "turns".to_owned(),
            version: before.version,
            value: settled.document.to_string(),
            before_hash: [0; 32],
            after_hash: [0; 32],
            at: 0,
            transactions: transactions.collect(),
        })?;
        ensure!(stored, "nobody else writes here");
    }
    let spent = begun.elapsed();
    let document: Value =
        serde_json::from_str(&store.state_document("bench", "turns")?.value.unwrap_or_default())?;
    ensure!(document["total"] == json!(BATCHES * TRANSACTIONS), "{document}");
    Ok(vec![Figure::at_most(
        "state.transactions.s",
        "10,000 state transactions merged and committed, in batches of 100",
        spent.as_secs_f64(),
        "s",
        1.0,
    )])
}

/// A counter that all share, a list, and a place that they fight for.
fn proposal(batch: usize, n: usize) -> Proposal {
    let operation = |path: String, action, value| Operation { path, action, value: Some(value) };
    Proposal {
        origin: format!("extension-{}", n % 10),
        rank: None,
        priority: i32::try_from(n % 7).unwrap_or_default(),
        transaction: Transaction {
            id: format!("{batch}-{n}"),
            operations: vec![
                operation("total".to_owned(), Action::Increment, json!(1)),
                operation(format!("last.{}", n % 20), Action::Set, json!({ "batch": batch })),
            ],
            policy: ConflictPolicy::LastWins,
            weight: 0,
            resolver: None,
            metadata: None,
        },
    }
}
