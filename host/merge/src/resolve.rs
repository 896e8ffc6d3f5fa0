//! Resolvers: what is asked of one, what it may answer, and those that are
//! always there.

use std::collections::HashSet;

use serde_json::Value;

use crate::batch::{Batch, Contender, Group};
use crate::effect::{Effect, add};
use crate::path::Path;
use crate::transaction::{ConflictPolicy, Operation};

/// What a resolver is asked: whose changes of one place should count.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The extension whose transaction named the resolver.
    pub asked_by: String,
    pub resolver: String,
    pub path: Path,
    /// What is there now.
    pub current: Option<Value>,
    /// In order of precedence; two at least.
    pub candidates: Vec<Candidate>,
}

/// One transaction that wants to change the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub transaction: String,
    pub origin: String,
    pub weight: u32,
    /// Those that touch the place.
    pub operations: Vec<Operation>,
}

/// What a resolver decides.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// These transactions count, and no others: their places among the
    /// candidates.
    Winners(Vec<usize>),
    /// This is the value, made of all of them.
    Value(Value),
}

/// Reads what a resolver answered: ids of transactions, `extension/id` where
/// two have one id.
pub fn ruling(question: &Question, answer: &[String]) -> Result<Ruling, String> {
    let mut winners = HashSet::new();
    for id in answer {
        let is_it = |candidate: &Candidate| {
            candidate.transaction == *id
                || id.strip_prefix(&candidate.origin).and_then(|rest| rest.strip_prefix('/'))
                    == Some(&candidate.transaction)
        };
        let mut places =
            (0..question.candidates.len()).filter(|at| is_it(&question.candidates[*at]));
        let Some(place) = places.next() else {
            return Err(format!("`{id}` is none of the candidates"));
        };
        if places.next().is_some() {
            return Err(format!("`{id}` is the id of two candidates; write `extension/{id}`"));
        }
        if !winners.insert(place) {
            return Err(format!("`{id}` is there twice"));
        }
    }
    let mut winners: Vec<usize> = winners.into_iter().collect();
    winners.sort_unstable();
    Ok(Ruling::Winners(winners))
}

impl Batch<'_> {
    /// Lists what resolvers of extensions have to decide, in the order in
    /// which [`Batch::settle`] wants the answers.
    pub fn questions(&self) -> Vec<Question> {
        let asked = self.groups.iter().filter_map(|group| {
            let (asked_by, resolver) = self.resolver(group)?;
            if is_built_in(resolver) {
                return None;
            }
            Some(Question {
                asked_by: asked_by.to_owned(),
                resolver: resolver.to_owned(),
                path: group.root.clone(),
                current: group.root.get(self.document).cloned(),
                candidates: group.candidates.iter().map(|one| self.candidate(group, one)).collect(),
            })
        });
        asked.collect()
    }

    /// Returns who names a resolver for a group, if anybody has to decide.
    pub(crate) fn resolver(&self, group: &Group) -> Option<(&str, &str)> {
        if group.candidates.len() < 2 {
            return None;
        }
        group.candidates.iter().find_map(|candidate| {
            let proposal = &self.entries[candidate.entry].proposal;
            let transaction = &proposal.transaction;
            let named = transaction.resolver.as_deref();
            (transaction.policy == ConflictPolicy::Resolver)
                .then_some((proposal.origin.as_str(), named.unwrap_or_default()))
        })
    }

    fn candidate(&self, group: &Group, contender: &Contender) -> Candidate {
        let proposal = &self.entries[contender.entry].proposal;
        let touches = |operation: &&Operation| {
            operation.path.parse::<Path>().is_ok_and(|path| group.root.contains(&path))
        };
        let transaction = &proposal.transaction;
        Candidate {
            transaction: transaction.id.clone(),
            origin: proposal.origin.clone(),
            weight: transaction.weight,
            operations: transaction.operations.iter().filter(touches).cloned().collect(),
        }
    }

    /// Asks a resolver that is always there, if this is the name of one.
    pub(crate) fn built_in(&self, name: &str, group: &Group) -> Option<Result<Ruling, String>> {
        is_built_in(name).then(|| self.rule(name, group))
    }

    fn rule(&self, name: &str, group: &Group) -> Result<Ruling, String> {
        let mut effects = Vec::with_capacity(group.candidates.len());
        for candidate in &group.candidates {
            match candidate.effects.as_slice() {
                [(path, effect)] if *path == group.root => effects.push(effect),
                _ => return Err(format!("`{name}` decides about one path, not about parts of it")),
            }
        }
        let current = group.root.get(self.document);
        match name {
            "sum" => sum(&effects, current),
            "union" => union(&effects, current),
            _ => extreme(&effects, current, name == "max"),
        }
    }
}

fn is_built_in(name: &str) -> bool {
    ["max", "min", "sum", "union"].contains(&name)
}

/// The one whose result is the greatest, or the least; of two that are equal,
/// the first.
fn extreme(effects: &[&Effect], current: Option<&Value>, greatest: bool) -> Result<Ruling, String> {
    let mut best: Option<(usize, f64)> = None;
    for (place, effect) in effects.iter().enumerate() {
        let result = (*effect).clone().result(current);
        let number = result.as_f64().ok_or("`max` and `min` decide about numbers")?;
        let is_better =
            best.is_none_or(|(_, known)| if greatest { number > known } else { number < known });
        if is_better {
            best = Some((place, number));
        }
    }
    Ok(Ruling::Winners(best.into_iter().map(|(place, _)| place).collect()))
}

/// The sum of all that is set and added; of all that is added to what is
/// there, if nothing is set.
fn sum(effects: &[&Effect], current: Option<&Value>) -> Result<Ruling, String> {
    let mut total = match current {
        Some(Value::Number(number)) if !effects.iter().any(|effect| effect.is_set()) => {
            number.clone()
        }
        _ => 0.into(),
    };
    for effect in effects {
        let (Effect::Add(number) | Effect::Set(Value::Number(number))) = effect else {
            return Err("`sum` decides about numbers".to_owned());
        };
        total = add(&total, number).map_err(|misfit| misfit.to_string())?;
    }
    Ok(Ruling::Value(Value::Number(total)))
}

/// Everything that is there and that anybody sets or appends, once each.
fn union(effects: &[&Effect], current: Option<&Value>) -> Result<Ruling, String> {
    let mut all: Vec<Value> = Vec::new();
    let mut known = HashSet::new();
    let present = match current {
        Some(Value::Array(values)) => values.as_slice(),
        _ => &[],
    };
    let mut take = |values: &[Value]| {
        for value in values {
            if known.insert(value.to_string()) {
                all.push(value.clone());
            }
        }
    };
    take(present);
    for effect in effects {
        let (Effect::Push(values) | Effect::Set(Value::Array(values))) = effect else {
            return Err("`union` decides about arrays".to_owned());
        };
        take(values);
    }
    Ok(Ruling::Value(Value::Array(all)))
}
