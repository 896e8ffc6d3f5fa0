//! What all runs together may hold: instances, and memory. Beyond that they
//! wait in line, each extension in a line of its own, and the lines take
//! turns; a line that is too long, or a wait that is, ends in a refusal.
//!
//! What is counted is what runs have really grown to. Each is sure of a small
//! share from the start, so that one that is under way is seldom turned away.

mod line;
mod machine;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ctx_model::{ExtensionName, Refusal, format_bytes};
use tokio::sync::oneshot;

use crate::engine::INSTANCES;
use line::Lines;
pub(crate) use wire::{Wire, Wires};

const MIB: u64 = 1024 * 1024;

/// Memory that a run is sure of once it has begun: four times what a script
/// and its interpreter need.
const SURE: u64 = 8 * MIB;

/// Memory is taken in steps, so that a run that grows by pages asks seldom.
const STEP: u64 = 4 * MIB;

/// No budget is smaller: one run with the usual limit must fit into the share
/// of its extension.
const LEAST: u64 = 256 * MIB;

/// What all runs together may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Instances alive at once.
    pub instances: u32,
    /// Bytes of all their memories and tables.
    pub memory: u64,
    /// Runs of one extension that may wait.
    pub queue: u32,
    /// How long a run waits at most.
    pub wait: Duration,
}

impl Default for Capacity {
    /// Takes what this machine has.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            // Most runs wait for something most of their time; and 500 calls of
            // one extension, each of which waits for a tenth of a second, are to
            // be over within two.
            instances: u32::try_from(cores * 32).unwrap_or(INSTANCES).clamp(128, INSTANCES),
            // The rest is for the host itself, and for others.
            memory: machine::memory().map_or(2048 * MIB, |all| (all / 2).max(LEAST)),
            queue: 1024,
            // Longer than this, and whoever asked thinks that it hangs.
            wait: Duration::from_secs(10),
        }
    }
}

impl Capacity {
    fn sane(self) -> Self {
        Self {
            instances: self.instances.clamp(2, INSTANCES),
            memory: self.memory.max(LEAST),
            ..self
        }
    }

    /// Half, so that one extension alone never keeps all others waiting.
    fn instances_of_one(&self) -> u32 {
        self.instances / 2
    }

    fn memory_of_one(&self) -> u64 {
        self.memory / 2
    }

    /// What growth may take: the last quarter is for those that begin.
    fn memory_to_grow(&self) -> u64 {
        self.memory / 4 * 3
    }
}

/// What is held at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupancy {
    pub capacity: Capacity,
    pub instances: u32,
    pub memory: u64,
    pub waiting: u64,
    /// Connections to elsewhere.
    pub connections: u32,
    /// Since the start.
    pub refused: u64,
}

/// How a run waits for its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Somebody waits for it, and is better told than kept waiting.
    Bounded,
    /// The host's own work, of which nothing may be lost.
    Patient,
}

/// The budget, shared by all runs.
#[derive(Default)]
pub(crate) struct Budget(Mutex<Books>);

struct Books {
    capacity: Capacity,
    held: Held,
    by: HashMap<ExtensionName, Held>,
    lines: Lines,
    wires: wire::Counts,
    /// Seconds that runs hold their places, the later ones counting more.
    usual: f64,
    refused: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Held {
    instances: u32,
    memory: u64,
}

/// A place among all runs. Dropping it gives it back, with its memory.
pub(crate) struct Place {
    /// Absent once it is given back.
    budget: Option<Arc<Budget>>,
    extension: ExtensionName,
    memory: u64,
    since: Instant,
}

impl Budget {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what may be held. What is held already stays.
    pub(crate) fn set(self: &Arc<Self>, capacity: Capacity) {
        let mut books = self.books();
        books.capacity = capacity.sane();
        books.call_up(self);
    }

    pub(crate) fn occupancy(&self) -> Occupancy {
        let books = self.books();
        Occupancy {
            capacity: books.capacity,
            instances: books.held.instances,
            memory: books.held.memory,
            waiting: books.lines.waiting(),
            connections: books.wires.all(),
            refused: books.refused,
        }
    }

    /// Waits for a place. Fails if the line is too long, or the wait.
    pub(crate) async fn place(
        self: &Arc<Self>,
        name: &ExtensionName,
        waiting: Waiting,
        most: Duration,
    ) -> Result<Place, Refusal> {
        let (receiver, number, wait) = {
            let mut books = self.books();
            if !books.lines.has(name) && books.take(name) {
                return Ok(Place::new(self, name.clone()));
            }
            let wait = books.capacity.wait.min(most);
            if waiting == Waiting::Bounded && books.lines.length(name) >= books.capacity.queue {
                return Err(books.refuse(name));
            }
            let (sender, receiver) = oneshot::channel();
            let number = books.lines.join(name, sender);
            (receiver, number, wait)
        };
        // Leaves the line if whoever waits goes away.
        let _in_line = InLine { budget: self, name, number };
        let placed = match waiting {
            Waiting::Patient => receiver.await.ok(),
            Waiting::Bounded => {
                tokio::time::timeout(wait, receiver).await.ok().and_then(Result::ok)
            }
        };
        placed.ok_or_else(|| self.books().refuse(name))
    }
}

impl Default for Books {
    fn default() -> Self {
        Self {
            capacity: Capacity::default().sane(),
            held: Held::default(),
            by: HashMap::new(),
            lines: Lines::default(),
            wires: wire::Counts::default(),
            usual: 1.0,
            refused: 0,
        }
    }
}

impl Books {
    /// Takes a place and its sure memory, if there is both.
    fn take(&mut self, name: &ExtensionName) -> bool {
        let Held { instances, memory } = self.held;
        let own = self.by.get(name).copied().unwrap_or_default();
        let fits = instances < self.capacity.instances
            && own.instances < self.capacity.instances_of_one()
            && memory + SURE <= self.capacity.memory
            && own.memory + SURE <= self.capacity.memory_of_one();
        if fits {
            self.held = Held { instances: instances + 1, memory: memory + SURE };
            let own = Held { instances: own.instances + 1, memory: own.memory + SURE };
            self.put(name, own);
        }
        fits
    }

    fn put(&mut self, name: &ExtensionName, held: Held) {
        match self.by.get_mut(name) {
            Some(own) => *own = held,
            None => drop(self.by.insert(name.clone(), held)),
        }
    }

    /// Takes more memory for a run, if there is any.
    fn grow(&mut self, name: &ExtensionName, more: u64) -> bool {
        let own = self.by.get(name).copied().unwrap_or_default();
        let fits = self.held.memory + more <= self.capacity.memory_to_grow()
            && own.memory + more <= self.capacity.memory_of_one();
        if fits {
            self.held.memory += more;
            self.put(name, Held { memory: own.memory + more, ..own });
        }
        fits
    }

    fn give_back(&mut self, name: &ExtensionName, memory: u64) {
        let without = |held: Held| Held {
            instances: held.instances.saturating_sub(1),
            memory: held.memory.saturating_sub(memory),
        };
        self.held = without(self.held);
        let own = without(self.by.get(name).copied().unwrap_or_default());
        self.put(name, own);
    }

    /// Gives free places to those whose turn it is.
    fn call_up(&mut self, budget: &Arc<Budget>) {
        // Lines that were passed over since somebody was last served.
        let mut passed = 0;
        while passed < self.lines.count()
            && self.held.instances < self.capacity.instances
            && let Some(name) = self.lines.turn()
        {
            if !self.take(&name) {
                self.lines.pass(name);
                passed += 1;
                continue;
            }
            passed = 0;
            let Some(sender) = self.lines.serve(&name) else { continue };
            if let Err(unwanted) = sender.send(Place::new(budget, name.clone())) {
                // Gone in this very moment. What is held is given back here,
                // where the books are open.
                unwanted.forget();
                self.give_back(&name, SURE);
            }
        }
    }

    /// Says that there is no room, and when there may be.
    fn refuse(&mut self, name: &ExtensionName) -> Refusal {
        self.refused += 1;
        let ahead = f64::from(self.lines.length(name)) + 1.0;
        let turns = ahead / f64::from(self.capacity.instances_of_one().max(1));
        let wait = (self.usual * turns).ceil().clamp(1.0, 30.0);
        let own = self.by.get(name).copied().unwrap_or_default();
        let why = format!(
            "{} runs are under way with {} of memory, {} of them its own, and {} wait",
            self.held.instances,
            format_bytes(self.held.memory),
            own.instances,
            self.lines.waiting()
        );
        Refusal::Crowded {
            extension: name.clone(),
            why,
            retry_after: Duration::from_secs_f64(wait),
        }
    }
}

impl Place {
    fn new(budget: &Arc<Budget>, extension: ExtensionName) -> Self {
        Self { budget: Some(budget.clone()), extension, memory: SURE, since: Instant::now() }
    }

    /// Makes sure of so much memory in all, or says that there is none left.
    pub(crate) fn reach(&mut self, memory: u64) -> bool {
        let Some(budget) = &self.budget else { return false };
        if memory <= self.memory {
            return true;
        }
        let more = (memory - self.memory).next_multiple_of(STEP);
        let fits = budget.books().grow(&self.extension, more);
        if fits {
            self.memory += more;
        }
        fits
    }

    /// Says that there is no room to go on.
    pub(crate) fn refuse(&self) -> Option<Refusal> {
        self.budget.as_ref().map(|budget| budget.books().refuse(&self.extension))
    }

    /// Returns what connections of this run are counted by.
    pub(crate) fn wires(&self) -> Option<Wires> {
        self.budget.as_ref().map(|budget| Wires::new(budget.clone(), self.extension.clone()))
    }

    fn forget(mut self) {
        self.budget = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(budget) = self.budget.take() else { return };
        let mut books = budget.books();
        books.give_back(&self.extension, self.memory);
        books.usual = books.usual * 0.9 + self.since.elapsed().as_secs_f64() * 0.1;
        books.call_up(&budget);
    }
}

/// Somebody in line.
struct InLine<'a> {
    budget: &'a Budget,
    name: &'a ExtensionName,
    number: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.budget.books().lines.leave(self.name, self.number);
    }
}

#[cfg(test)]
mod tests;
