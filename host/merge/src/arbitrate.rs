//! Who wins a place: candidates in order, each by its own policy.

use std::collections::HashMap;

use crate::batch::{Contender, Entry, Group};
use crate::effect::Effect;
use crate::path::Path;
use crate::transaction::ConflictPolicy;

/// What holds a place so far.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Whose changes count, by their places among the candidates.
    pub(crate) winners: Vec<usize>,
    pub(crate) effects: HashMap<Path, Effect>,
    /// What had to give way although its policy would have let it stay.
    pub(crate) warnings: Vec<(usize, String)>,
    /// The greatest of those who hold it.
    pub(crate) weight: u32,
}

/// Lets the candidates of a group meet one after the other; the first is the
/// incumbent. One that a resolver should have decided about gives way.
pub(crate) fn arbitrate(group: &Group, entries: &[Entry]) -> Held {
    let mut held = Held::default();
    for (place, candidate) in group.candidates.iter().enumerate() {
        let transaction = &entries[candidate.entry].proposal.transaction;
        if place == 0 {
            held.take_over(place, candidate, transaction.weight);
            continue;
        }
        match transaction.policy {
            // Nobody decided about it, or somebody would have been asked.
            ConflictPolicy::FirstWins | ConflictPolicy::Resolver => {}
            ConflictPolicy::Weighted => {
                if transaction.weight > held.weight {
                    held.take_over(place, candidate, transaction.weight);
                }
            }
            ConflictPolicy::LastWins => {
                if held.would_stack(candidate) {
                    held.stack(place, candidate, transaction.weight);
                } else {
                    held.take_over(place, candidate, transaction.weight);
                }
            }
        }
    }
    held
}

/// Lets the winners that a resolver named count, and no others; fails if they
/// do not go together.
pub(crate) fn elect(group: &Group, winners: &[usize]) -> Result<Held, String> {
    let mut held = Held::default();
    for place in winners {
        let candidate = &group.candidates[*place];
        if held.winners.is_empty() {
            held.take_over(*place, candidate, 0);
            continue;
        }
        for (path, effect) in &candidate.effects {
            let nested = held.effects.keys().find(|known| *known != path && known.overlaps(path));
            if let Some(other) = nested {
                return Err(format!("`{path}` and `{other}` cannot both win"));
            }
            held.add(path, effect)?;
        }
        held.winners.push(*place);
    }
    Ok(held)
}

impl Held {
    fn take_over(&mut self, place: usize, candidate: &Contender, weight: u32) {
        self.winners = vec![place];
        self.effects = candidate.effects.iter().cloned().collect();
        self.weight = weight;
    }

    /// Whether all that a candidate does adds to what is held, and nothing of
    /// it lies above or below that.
    fn would_stack(&self, candidate: &Contender) -> bool {
        candidate.effects.iter().all(|(path, effect)| {
            !effect.is_set()
                && (self.effects.contains_key(path)
                    || !self.effects.keys().any(|held| held.overlaps(path)))
        })
    }

    fn stack(&mut self, place: usize, candidate: &Contender, weight: u32) {
        // A number is not added to a text: all of it fits, or none of it.
        for (path, effect) in &candidate.effects {
            if let Err(why) = self.effects.get(path).map_or(Ok(()), |held| held.fits(effect)) {
                self.warnings.push((place, format!("`{path}`: {why}")));
                return;
            }
        }
        for (path, effect) in &candidate.effects {
            self.add(path, effect).expect("it was found to fit");
        }
        self.winners.push(place);
        self.weight = self.weight.max(weight);
    }

    fn add(&mut self, path: &Path, effect: &Effect) -> Result<(), String> {
        if let Some(held) = self.effects.get_mut(path) {
            return held.then(effect.clone()).map_err(|misfit| format!("`{path}`: {misfit}"));
        }
        self.effects.insert(path.clone(), effect.clone());
        Ok(())
    }
}
