//! The outcome of a batch: one change of the document, and what became of
//! each transaction.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::arbitrate::{Held, arbitrate, elect};
use crate::batch::{Batch, Group, Standing};
use crate::path::Path;
use crate::resolve::Ruling;
use crate::transaction::{ConflictPolicy, Invalid};

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it counts.
    Applied,
    /// It won some of the places that it touches, and lost others.
    Partial,
    /// It gave way everywhere.
    Skipped,
    /// Nothing of it was looked at.
    Rejected(Invalid),
    /// It has been here before.
    Duplicate,
}

impl Outcome {
    /// Returns its name in JSON, in the log of transactions and in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
            Self::Rejected(_) => "rejected",
            Self::Duplicate => "duplicate",
        }
    }
}

/// A transaction and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub origin: String,
    pub transaction: String,
    pub policy: ConflictPolicy,
    pub outcome: Outcome,
    pub warnings: Vec<String>,
}

/// A resolver that did not decide, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    pub resolver: String,
    /// The extension that named it.
    pub asked_by: String,
    pub path: Path,
    pub why: String,
}

/// What a batch comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The document afterwards.
    pub document: Value,
    /// What is new in it, by path.
    pub changes: Vec<(Path, Value)>,
    /// Of those that count, merged: a later key wins.
    pub metadata: Map<String, Value>,
    /// In order of precedence.
    pub verdicts: Vec<Verdict>,
    pub fallbacks: Vec<Fallback>,
}

/// A resolver did not decide, and that is not to be passed over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` was to decide about `{}` and did not: {}", .0.resolver, .0.path, .0.why)]
pub struct Conflict(pub Fallback);

impl Batch<'_> {
    /// Decides about every group. `rulings` answer [`Batch::questions`], in
    /// their order; one that is missing counts as a failure. If `strict`, a
    /// resolver that does not decide leaves nothing of the batch.
    pub fn settle(
        self,
        rulings: Vec<Result<Ruling, String>>,
        strict: bool,
    ) -> Result<Settled, Conflict> {
        let mut rulings = rulings.into_iter();
        let mut tallies = vec![Tally::default(); self.entries.len()];
        let mut changes: Vec<(Path, Value)> = Vec::new();
        let mut fallbacks = Vec::new();
        for group in &self.groups {
            let ruled = self.resolver(group).map(|(asked_by, resolver)| {
                let ruling = self.built_in(resolver, group).unwrap_or_else(|| {
                    rulings.next().unwrap_or_else(|| Err("nobody asked it".to_owned()))
                });
                (asked_by, resolver, ruling)
            });
            let mut fell_back = false;
            let (held, value) = match ruled {
                None => (arbitrate(group, &self.entries), None),
                Some((asked_by, resolver, ruling)) => match elected(group, ruling) {
                    Ok(elected) => elected,
                    Err(why) => {
                        let fallback = Fallback {
                            resolver: resolver.to_owned(),
                            asked_by: asked_by.to_owned(),
                            path: group.root.clone(),
                            why,
                        };
                        if strict {
                            return Err(Conflict(fallback));
                        }
                        fallbacks.push(fallback);
                        fell_back = true;
                        (arbitrate(group, &self.entries), None)
                    }
                },
            };
            for (place, candidate) in group.candidates.iter().enumerate() {
                let tally = &mut tallies[candidate.entry];
                tally.touched += 1;
                tally.won += u32::from(held.winners.contains(&place));
                let policy = self.entries[candidate.entry].proposal.transaction.policy;
                if fell_back && policy == ConflictPolicy::Resolver {
                    let why = fallbacks.last().map(|fallback| fallback.why.as_str());
                    let why = why.unwrap_or_default();
                    tally.warnings.push(format!(
                        "`{}`: its resolver did not decide, so the first wins: {why}",
                        group.root
                    ));
                }
            }
            for (place, warning) in held.warnings {
                tallies[group.candidates[place].entry].warnings.push(warning);
            }
            if let Some(value) = value {
                changes.push((group.root.clone(), value));
            } else {
                let mut held: Vec<_> = held.effects.into_iter().collect();
                held.sort_by(|(one, _), (other, _)| one.cmp(other));
                changes.extend(held.into_iter().map(|(path, effect)| {
                    let value = effect.result(path.get(self.document));
                    (path, value)
                }));
            }
        }
        let mut document = self.document.clone();
        for (path, value) in &changes {
            path.set(&mut document, value.clone());
        }
        let mut metadata = Map::new();
        let mut verdicts = Vec::with_capacity(self.entries.len());
        for (entry, tally) in self.entries.into_iter().zip(tallies) {
            let outcome = match entry.standing {
                Standing::Duplicate => Outcome::Duplicate,
                Standing::Rejected(invalid) => Outcome::Rejected(invalid),
                Standing::Sound if tally.won == tally.touched => Outcome::Applied,
                Standing::Sound if tally.won == 0 => Outcome::Skipped,
                Standing::Sound => Outcome::Partial,
            };
            let transaction = entry.proposal.transaction;
            if let (Outcome::Applied | Outcome::Partial, Some(Value::Object(more))) =
                (&outcome, transaction.metadata)
            {
                metadata.extend(more);
            }
            let mut warnings = entry.warnings;
            warnings.extend(tally.warnings);
            verdicts.push(Verdict {
                origin: entry.proposal.origin,
                transaction: transaction.id,
                policy: transaction.policy,
                outcome,
                warnings,
            });
        }
        Ok(Settled { document, changes, metadata, verdicts, fallbacks })
    }
}

/// How many places a transaction touched, and won.
#[derive(Debug, Clone, Default)]
struct Tally {
    touched: u32,
    won: u32,
    warnings: Vec<String>,
}

/// Puts a ruling into effect, or says why it cannot be.
fn elected(group: &Group, ruling: Result<Ruling, String>) -> Result<(Held, Option<Value>), String> {
    match ruling? {
        Ruling::Winners(winners) => Ok((elect(group, &winners)?, None)),
        Ruling::Value(value) => {
            let winners = (0..group.candidates.len()).collect();
            Ok((Held { winners, ..Held::default() }, Some(value)))
        }
    }
}
