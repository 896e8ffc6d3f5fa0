//! Clocks and randomness that note that somebody asked them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::TryRng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// What was asked for, of what is never the same twice.
#[derive(Clone, Default)]
pub(crate) struct Noticed(Arc<Asked>);

#[derive(Default)]
struct Asked {
    clock: AtomicBool,
    random: AtomicBool,
}

impl Noticed {
    /// Puts clocks that stand still and numbers that are all the same into a
    /// context.
    pub(crate) fn watch(&self, wasi: &mut WasiCtxBuilder) {
        wasi.wall_clock(self.clone())
            .monotonic_clock(self.clone())
            .secure_random(self.clone())
            .insecure_random(self.clone())
            .insecure_random_seed(0);
    }

    /// Names what was asked for.
    pub(crate) fn uses(&self) -> Vec<&'static str> {
        let said = [(&self.0.clock, "the clock"), (&self.0.random, "random numbers")];
        said.into_iter()
            .filter_map(|(asked, word)| asked.load(Ordering::Relaxed).then_some(word))
            .collect()
    }

    fn clock(&self) {
        self.0.clock.store(true, Ordering::Relaxed);
    }

    fn random(&self) {
        self.0.random.store(true, Ordering::Relaxed);
    }
}

impl HostWallClock for Noticed {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        self.clock();
        Duration::ZERO
    }
}

impl HostMonotonicClock for Noticed {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.clock();
        0
    }
}

impl TryRng for Noticed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.random();
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.random();
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random();
        bytes.fill(0);
        Ok(())
    }
}
