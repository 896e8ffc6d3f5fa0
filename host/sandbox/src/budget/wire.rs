//! Connections to elsewhere, and questions where a name leads: each costs the
//! host a file, and one that nobody answers is held for long.

use std::collections::HashMap;
use std::sync::Arc;

use ctx_model::ExtensionName;

use super::Budget;
use super::machine;

/// Connections of all runs at once, where the system allows as many.
const MOST: u32 = 512;

/// How many there are, and whose.
pub(super) struct Counts {
    most: u32,
    all: u32,
    by: HashMap<ExtensionName, u32>,
}

/// The connections of one run, counted among all others.
#[derive(Clone)]
pub(crate) struct Wires {
    budget: Arc<Budget>,
    extension: ExtensionName,
}

/// One connection. Dropping it makes room for another.
pub(crate) struct Wire(Wires);

impl Default for Counts {
    fn default() -> Self {
        // The other half is for those who ask, for databases and for logs.
        let most = machine::files().map_or(MOST, |files| (files / 2).clamp(16, MOST));
        Self { most, all: 0, by: HashMap::new() }
    }
}

impl Counts {
    pub(super) fn all(&self) -> u32 {
        self.all
    }

    fn take(&mut self, name: &ExtensionName) -> bool {
        let own = self.by.get(name).copied().unwrap_or(0);
        // Half is the most that one extension has of them.
        let fits = self.all < self.most && own < self.most / 2;
        if fits {
            self.all += 1;
            self.by.insert(name.clone(), own + 1);
        }
        fits
    }

    fn give_back(&mut self, name: &ExtensionName) {
        self.all = self.all.saturating_sub(1);
        match self.by.get_mut(name) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(self.by.remove(name)),
        }
    }
}

impl Wires {
    pub(super) fn new(budget: Arc<Budget>, extension: ExtensionName) -> Self {
        Self { budget, extension }
    }

    /// Takes one, if there is one left.
    pub(crate) fn take(self) -> Option<Wire> {
        let fits = self.budget.books().wires.take(&self.extension);
        fits.then(|| Wire(self))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.0.budget.books().wires.give_back(&self.0.extension);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn one_extension_has_at_most_half_and_what_is_dropped_is_free_again() {
        let budget = Arc::<Budget>::default();
        budget.books().wires.most = 4;
        let of = |name: &str| Wires::new(budget.clone(), ExtensionName::new(name).unwrap());
        let greedy = [of("greedy").take().unwrap(), of("greedy").take().unwrap()];
        assert!(of("greedy").take().is_none());
        let others = [of("other").take().unwrap(), of("third").take().unwrap()];
        assert!(of("fourth").take().is_none());
        drop(greedy);
        assert!(of("fourth").take().is_some());
        drop(others);
        assert_eq!(budget.occupancy().connections, 0);
    }
}
