//! Time and randomness that the host fixes, so that a run can be repeated.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ctx_model::PlayedTime;
use rand::TryRng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// A wall clock that stands still.
pub(crate) struct FrozenWall(pub(crate) Duration);

impl HostWallClock for FrozenWall {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn now(&self) -> Duration {
        self.0
    }
}

/// A monotonic clock that stands still. Waiting still takes real time.
pub(crate) struct FrozenMonotonic;

impl HostMonotonicClock for FrozenMonotonic {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }
    fn now(&self) -> u64 {
        0
    }
}

/// A wall clock that goes on by what was slept.
pub(crate) struct PlayedWall(pub(crate) Arc<PlayedTime>);

impl HostWallClock for PlayedWall {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn now(&self) -> Duration {
        self.0.now()
    }
}

/// A monotonic clock that goes on by what was slept.
pub(crate) struct PlayedMonotonic(pub(crate) Arc<PlayedTime>);

impl HostMonotonicClock for PlayedMonotonic {
    fn resolution(&self) -> u64 {
        1
    }
    fn now(&self) -> u64 {
        u64::try_from(self.0.slept().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// `SplitMix64`: the same numbers for the same seed. Not for secrets.
pub(crate) struct Seeded(pub(crate) u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            part.copy_from_slice(&word[..part.len()]);
        }
        Ok(())
    }
}
