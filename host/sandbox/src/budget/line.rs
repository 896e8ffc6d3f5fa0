//! Lines of waiting runs: one for each extension, first come, first served;
//! among the lines it goes round.

use std::collections::{HashMap, VecDeque};

use ctx_model::ExtensionName;
use tokio::sync::oneshot::Sender;

use super::Place;

/// All lines. None of them is empty.
#[derive(Default)]
pub(super) struct Lines {
    by: HashMap<ExtensionName, VecDeque<Waits>>,
    /// Whose turn it is, and whose it will be.
    turns: VecDeque<ExtensionName>,
    numbers: u64,
}

struct Waits {
    number: u64,
    sender: Sender<Place>,
}

impl Lines {
    pub(super) fn has(&self, name: &ExtensionName) -> bool {
        self.by.contains_key(name)
    }

    pub(super) fn length(&self, name: &ExtensionName) -> u32 {
        self.by.get(name).map_or(0, |line| u32::try_from(line.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn count(&self) -> usize {
        self.turns.len()
    }

    pub(super) fn waiting(&self) -> u64 {
        self.by.values().map(|line| line.len() as u64).sum()
    }

    /// Goes to the end of a line. Returns a number to leave by.
    pub(super) fn join(&mut self, name: &ExtensionName, sender: Sender<Place>) -> u64 {
        self.numbers += 1;
        let number = self.numbers;
        if !self.by.contains_key(name) {
            self.turns.push_back(name.clone());
        }
        self.by.entry(name.clone()).or_default().push_back(Waits { number, sender });
        number
    }

    /// Leaves a line, if it has not come to the front of it.
    pub(super) fn leave(&mut self, name: &ExtensionName, number: u64) {
        let Some(line) = self.by.get_mut(name) else { return };
        // Numbers grow along a line.
        if let Ok(at) = line.binary_search_by_key(&number, |one| one.number) {
            line.remove(at);
        }
        if line.is_empty() {
            self.by.remove(name);
            self.turns.retain(|one| one != name);
        }
    }

    /// Takes the extension whose turn it is. Either `pass` or `serve` has to
    /// follow.
    pub(super) fn turn(&mut self) -> Option<ExtensionName> {
        self.turns.pop_front()
    }

    /// Lets the others go first.
    pub(super) fn pass(&mut self, name: ExtensionName) {
        self.turns.push_back(name);
    }

    /// Takes the first of a line; the rest of it waits for its next turn.
    pub(super) fn serve(&mut self, name: &ExtensionName) -> Option<Sender<Place>> {
        let line = self.by.get_mut(name)?;
        let first = line.pop_front();
        if line.is_empty() {
            self.by.remove(name);
        } else {
            self.turns.push_back(name.clone());
        }
        first.map(|one| one.sender)
    }
}
