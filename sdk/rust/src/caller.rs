//! Who asks, and how the call goes. Always granted.

use crate::bindings::lent::ctx::extension::caller;

pub use caller::Identity;

/// Returns who asks, as the host has verified it.
pub fn whoami() -> Identity {
    caller::whoami()
}

/// Tells the caller how far the call is. Never blocks.
pub fn progress(done: f64, total: Option<f64>, message: Option<&str>) {
    caller::progress(done, total, message);
}

/// Whether the caller has gone away or cancelled. A long call may ask, and
/// end early with [`Error::cancelled`](crate::Error::cancelled).
pub fn cancelled() -> bool {
    caller::cancelled()
}
