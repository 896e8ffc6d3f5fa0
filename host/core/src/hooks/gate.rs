//! How many runs of an extension's hooks there are at one time. Who comes
//! first is served first, and a line that is too long takes nobody more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::ExtensionName;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Runs at one time, unless somebody says.
pub(super) const LIMIT: u32 = 4;

/// Who may wait, for each who may run.
const WAITING: u32 = 16;

/// The gate of one extension.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: u32,
    places: Semaphore,
    waiting: AtomicU32,
}

/// The line is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The gates of all extensions: they outlive the plans that name them.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<HashMap<ExtensionName, Arc<Gate>>>);

impl Gates {
    /// Returns the gate of an extension. One whose limit has changed is new.
    pub(super) fn of(&self, name: &ExtensionName, limit: u32) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match gates.get(name) {
            Some(gate) if gate.limit == limit => gate.clone(),
            _ => {
                let gate = Arc::new(Gate::new(limit));
                gates.insert(name.clone(), gate.clone());
                gate
            }
        }
    }
}

impl Gate {
    fn new(limit: u32) -> Self {
        let places = Semaphore::new(limit as usize);
        Self { limit, places, waiting: AtomicU32::new(0) }
    }

    /// Waits for a place, in order, if the line is not full.
    pub(super) async fn enter(&self) -> Result<SemaphorePermit<'_>, Full> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let _waits = Waits::join(self).ok_or(Full)?;
        Ok(self.places.acquire().await.expect("a gate is never closed"))
    }
}

/// Somebody in the line, until he is served or goes away.
struct Waits<'a>(&'a Gate);

impl<'a> Waits<'a> {
    fn join(gate: &'a Gate) -> Option<Self> {
        let most = gate.limit.saturating_mul(WAITING);
        let before = gate.waiting.fetch_add(1, Ordering::Relaxed);
        let waits = Self(gate);
        (before < most).then_some(waits)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn no_more_run_at_once_than_may_and_who_comes_first_is_served_first() {
        runtime().block_on(async {
            let gate = Arc::new(Gate::new(2));
            let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let order = Arc::new(Mutex::new(Vec::new()));
            let mut all = Vec::new();
            for number in 0..6 {
                let (gate, now, most, order) =
                    (gate.clone(), now.clone(), most.clone(), order.clone());
                all.push(tokio::spawn(async move {
                    let _place = gate.enter().await.unwrap();
                    order.lock().unwrap().push(number);
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    for _ in 0..3 {
                        tokio::task::yield_now().await;
                    }
                    now.fetch_sub(1, Ordering::SeqCst);
                }));
            }
            for one in all {
                one.await.unwrap();
            }
            assert_eq!(most.load(Ordering::SeqCst), 2);
            assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
        });
    }

    #[test]
    fn a_line_that_is_full_takes_nobody_more_and_who_leaves_makes_room() {
        runtime().block_on(async {
            let gate = Arc::new(Gate::new(1));
            let held = gate.enter().await.unwrap();
            let wait = |gate: Arc<Gate>| tokio::spawn(async move { gate.enter().await.map(drop) });
            let line: Vec<_> = (0..WAITING).map(|_| wait(gate.clone())).collect();
            tokio::task::yield_now().await;
            assert_eq!(gate.enter().await.map(drop), Err(Full));
            line[0].abort();
            tokio::task::yield_now().await;
            let late = wait(gate.clone());
            tokio::task::yield_now().await;
            drop(held);
            assert_eq!(late.await.unwrap(), Ok(()));
        });
    }
}
