//! The bill of a run.

use serde::Serialize;
use utoipa::ToSchema;

/// What a run spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Usage {
    /// Units of work, about one per wasm instruction.
    pub fuel: u64,
    /// Bytes of memories and tables together, at their highest.
    pub peak_memory_bytes: u64,
    /// Microseconds on the clock.
    pub wall_us: u64,
    /// Calls of functions that the host lends.
    pub host_calls: u64,
}

impl From<&ctx_model::Usage> for Usage {
    fn from(usage: &ctx_model::Usage) -> Self {
        Self {
            fuel: usage.fuel,
            peak_memory_bytes: usage.peak_memory,
            wall_us: u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX),
            host_calls: usage.host_calls,
        }
    }
}
