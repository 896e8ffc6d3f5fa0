//! Ends runs that the operator wants ended: asked again and again while they
//! are under way, whether they burn fuel or wait.

use std::time::{Duration, Instant};

use ctx_model::ExtensionName;
use tokio::time::sleep_until;

/// How often it is asked whether a run may go on. A run that has just begun is
/// asked once this much later.
pub const HALTS_WITHIN: Duration = Duration::from_millis(25);

/// Says which extensions are to be stopped. It is asked often.
pub trait Halting: Send + Sync {
    /// Whether nothing of an extension may go on.
    fn is_halted(&self, extension: &ExtensionName) -> bool;
}

/// Why work did not come to its end.
pub(crate) enum Cut {
    TimedOut,
    Halted,
}

/// Waits for work until its deadline, or until it is halted. Either is noticed
/// when the guest next gives way.
pub(crate) async fn within<F: Future>(
    deadline: Duration,
    is_halted: impl Fn() -> bool,
    work: F,
) -> Result<F::Output, Cut> {
    let end = Instant::now() + deadline;
    // One timer for both: most runs are over before it is ever looked at.
    let next = |now: Instant| tokio::time::Instant::from_std(end.min(now + HALTS_WITHIN));
    let timer = sleep_until(next(Instant::now()));
    tokio::pin!(timer, work);
    loop {
        tokio::select! {
            biased;
            () = &mut timer => {
                let now = Instant::now();
                if is_halted() {
                    return Err(Cut::Halted);
                }
                if now >= end {
                    return Err(Cut::TimedOut);
                }
                timer.as_mut().reset(next(now));
            }
            done = &mut work => return Ok(done),
        }
    }
}
