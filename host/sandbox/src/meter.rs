//! Memory, log volume and host calls of one run, and which limit it used up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ctx_model::{Limit, Limits, Refusal};
use wasmtime::ResourceLimiter;

use crate::budget::Place;

/// Bytes that one table element is counted as.
const TABLE_ELEMENT: usize = 16;

/// What one run has spent so far.
pub(crate) struct Meter {
    limits: Limits,
    memory: u64,
    pub(crate) peak_memory: u64,
    host_calls: HostCalls,
    log: u64,
    /// The first limit that was used up. A guest may go on after a refused
    /// allocation; if the run fails after that, this is why.
    exhausted: Option<Limit>,
    /// Its place among all runs; absent before it has one.
    place: Option<Place>,
    /// Whether an allocation was refused because all runs together hold as
    /// much as they may.
    is_crowded: bool,
}

/// How often lent functions were called. Shared, because requests are sent
/// beside the run.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostCalls {
    most: u64,
    made: Arc<AtomicU64>,
    /// How many of them before this page.
    before: Arc<AtomicU64>,
}

impl HostCalls {
    /// Counts one more, and returns whether it may be made.
    pub(crate) fn count(&self) -> bool {
        let before = self.before.load(Ordering::Relaxed);
        self.made.fetch_add(1, Ordering::Relaxed) - before < self.most
    }

    fn is_over(&self) -> bool {
        self.made() - self.before.load(Ordering::Relaxed) > self.most
    }

    fn begin_page(&self) {
        self.before.store(self.made(), Ordering::Relaxed);
    }

    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        let host_calls = HostCalls { most: limits.host_calls, ..HostCalls::default() };
        Self {
            limits,
            memory: 0,
            peak_memory: 0,
            host_calls,
            log: 0,
            exhausted: None,
            place: None,
            is_crowded: false,
        }
    }

    /// Holds a place among all runs, for as long as this run lives.
    pub(crate) fn hold(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Says that there was no room for all that it wanted, if there was not.
    pub(crate) fn crowded(&self) -> Option<Refusal> {
        self.place.as_ref().filter(|_| self.is_crowded)?.refuse()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts a call of a lent function. An error ends the run.
    pub(crate) fn host_call(&mut self) -> wasmtime::Result<()> {
        if self.host_calls.count() {
            Ok(())
        } else {
            Err(self.stop(Limit::HostCalls(self.limits.host_calls)))
        }
    }

    /// Begins a page: what is bounded is what one page does, and a long source
    /// has many.
    pub(crate) fn begin_page(&mut self) {
        self.log = 0;
        self.host_calls.begin_page();
    }

    /// Returns the counter, for lent functions that do not see the meter.
    pub(crate) fn host_calls(&self) -> HostCalls {
        self.host_calls.clone()
    }

    /// Returns the first limit that was used up, and forgets it.
    pub(crate) fn take_exhausted(&mut self) -> Option<Limit> {
        let over = self.host_calls.is_over();
        self.exhausted.take().or_else(|| over.then_some(Limit::HostCalls(self.limits.host_calls)))
    }

    /// Counts a log line. An error ends the run.
    pub(crate) fn log(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.log += bytes as u64;
        if self.log > self.limits.log {
            return Err(self.stop(Limit::Log(self.limits.log)));
        }
        Ok(())
    }

    /// Whether anything was logged on this page.
    pub(crate) fn has_logged(&self) -> bool {
        self.log > 0
    }

    /// Notes a limit and returns the error that ends the run.
    pub(crate) fn stop(&mut self, limit: Limit) -> wasmtime::Error {
        let error = wasmtime::Error::msg(limit.to_string());
        self.exhausted.get_or_insert(limit);
        error
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let total = self.memory.saturating_sub(current as u64).saturating_add(desired as u64);
        if total > self.limits.memory {
            self.exhausted.get_or_insert(Limit::Memory(self.limits.memory));
            return false;
        }
        if self.place.as_mut().is_some_and(|place| !place.reach(total)) {
            self.is_crowded = true;
            return false;
        }
        self.memory = total;
        self.peak_memory = self.peak_memory.max(total);
        true
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current.saturating_mul(TABLE_ELEMENT), desired.saturating_mul(TABLE_ELEMENT)))
    }

    fn instances(&self) -> usize {
        32
    }

    fn tables(&self) -> usize {
        32
    }

    fn memories(&self) -> usize {
        16
    }
}
