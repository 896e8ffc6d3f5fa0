//! A batch: all that was proposed for one document at once, each proposal
//! checked as a whole, put in order, and grouped by what it touches.

use std::collections::HashSet;

use serde_json::Value;

use crate::effect::{Effect, Misfit};
use crate::path::Path;
use crate::transaction::{Action, ConflictPolicy, Invalid, MOST_OPERATIONS, Transaction};

/// A transaction with the place of its extension in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The extension that it comes from, as the host knows it.
    pub origin: String,
    /// The place of the extension in the operator's order, if it has one.
    pub rank: Option<u32>,
    /// The higher comes first.
    pub priority: i32,
    pub transaction: Transaction,
}

/// What was proposed for one document, in order.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(crate) document: &'a Value,
    /// In order of precedence, whatever is wrong with them.
    pub(crate) entries: Vec<Entry>,
    /// What the sound ones touch, by the place that contains it all.
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) proposal: Proposal,
    pub(crate) standing: Standing,
    pub(crate) warnings: Vec<String>,
}

/// What a look at a proposal alone says.
#[derive(Debug, PartialEq)]
pub(crate) enum Standing {
    Sound,
    Duplicate,
    Rejected(Invalid),
}

/// All that touches one place, or lies below it.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) root: Path,
    /// In order of precedence.
    pub(crate) candidates: Vec<Contender>,
}

/// What one transaction does within a group.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    /// Its place among the entries.
    pub(crate) entry: usize,
    pub(crate) effects: Vec<(Path, Effect)>,
}

impl<'a> Batch<'a> {
    /// Checks, orders and groups what was proposed. `seen` says which
    /// transactions of which extension have been here before.
    pub fn new(
        document: &'a Value,
        mut proposals: Vec<Proposal>,
        mut seen: impl FnMut(&str, &str) -> bool,
    ) -> Self {
        // Stable, so that what is equal stays as it was given.
        proposals.sort_by(|one, other| precedence(one).cmp(&precedence(other)));
        let mut here = HashSet::new();
        let mut touched: Vec<(Path, usize, Effect)> = Vec::new();
        let mut entries = Vec::with_capacity(proposals.len());
        for (index, proposal) in proposals.into_iter().enumerate() {
            let Proposal { origin, transaction, .. } = &proposal;
            let mut warnings = Vec::new();
            let is_new = here.insert((origin.clone(), transaction.id.clone()));
            let standing = if !is_new || seen(origin, &transaction.id) {
                Standing::Duplicate
            } else {
                match checked(document, transaction, &mut warnings) {
                    Ok(effects) => {
                        let placed =
                            effects.into_iter().map(|(path, effect)| (path, index, effect));
                        touched.extend(placed);
                        Standing::Sound
                    }
                    Err(invalid) => Standing::Rejected(invalid),
                }
            };
            entries.push(Entry { proposal, standing, warnings });
        }
        Self { document, entries, groups: grouped(touched) }
    }
}

/// The operator's order first, then priority, weight and the bytes of the
/// name.
fn precedence(proposal: &Proposal) -> impl Ord + '_ {
    use std::cmp::Reverse;
    let Proposal { origin, rank, priority, transaction } = proposal;
    (rank.unwrap_or(u32::MAX), Reverse(*priority), Reverse(transaction.weight), origin.as_bytes())
}

/// Folds the operations of a transaction, path by path, or says why none of
/// them counts.
fn checked(
    document: &Value,
    transaction: &Transaction,
    warnings: &mut Vec<String>,
) -> Result<Vec<(Path, Effect)>, Invalid> {
    if transaction.id.is_empty() {
        return Err(Invalid::NoId);
    }
    if transaction.operations.is_empty() {
        return Err(Invalid::Empty);
    }
    if transaction.operations.len() > MOST_OPERATIONS {
        return Err(Invalid::TooMany);
    }
    if transaction.policy == ConflictPolicy::Resolver && transaction.resolver.is_none() {
        return Err(Invalid::NoResolver);
    }
    if transaction.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
        return Err(Invalid::Metadata);
    }
    let mut paths: Vec<Path> = Vec::new();
    let mut effects: Vec<(Path, Effect)> = Vec::new();
    for operation in &transaction.operations {
        let path: Path = operation.path.parse()?;
        let misfit = |why: Misfit| Invalid::Misfit { path: path.to_string(), why };
        if !path.is_reachable(document) {
            return Err(misfit(Misfit::Unreachable));
        }
        paths.push(path.clone());
        let effect = match (operation.action, &operation.value) {
            (Action::Set, Some(value)) => Effect::Set(value.clone()),
            (Action::Set, None) => return Err(Invalid::NoValue(path.to_string())),
            (Action::Increment, Some(Value::Number(number))) => Effect::Add(number.clone()),
            (Action::Increment, _) => return Err(Invalid::NoNumber(path.to_string())),
            (Action::Append, Some(value)) => Effect::Push(vec![value.clone()]),
            (Action::Append, None) => {
                warnings.push(format!("`append` to `{path}` has no value, and does nothing"));
                continue;
            }
        };
        // What nothing preceded in this transaction has to fit what is there.
        let before = effects.iter_mut().find(|(known, _)| *known == path);
        if let Some((_, folded)) = before {
            folded.then(effect).map_err(misfit)?;
            folded.check(path.get(document)).map_err(misfit)?;
        } else {
            effect.check(path.get(document)).map_err(misfit)?;
            effects.push((path, effect));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    let nested = paths.windows(2).find(|pair| pair[0].contains(&pair[1]));
    if let Some([above, below]) = nested {
        return Err(Invalid::Nested { above: above.to_string(), below: below.to_string() });
    }
    Ok(effects)
}

/// Puts together what lies on one line. Sorted by their keys, all places below
/// another one follow it at once.
fn grouped(mut touched: Vec<(Path, usize, Effect)>) -> Vec<Group> {
    touched.sort_by(|(path, entry, _), (other, later, _)| (path, entry).cmp(&(other, later)));
    let mut groups: Vec<Group> = Vec::new();
    for (path, entry, effect) in touched {
        match groups.last_mut() {
            Some(group) if group.root.contains(&path) => {
                group.candidates.push(Contender { entry, effects: vec![(path, effect)] });
            }
            _ => {
                let first = Contender { entry, effects: vec![(path.clone(), effect)] };
                groups.push(Group { root: path, candidates: vec![first] });
            }
        }
    }
    for group in &mut groups {
        let mut candidates = std::mem::take(&mut group.candidates);
        candidates.sort_by_key(|candidate| candidate.entry);
        for candidate in candidates {
            match group.candidates.last_mut() {
                Some(last) if last.entry == candidate.entry => {
                    last.effects.extend(candidate.effects);
                }
                _ => group.candidates.push(candidate),
            }
        }
    }
    groups
}
