//! How a process that stays is told to stop: once to end well, twice to end.

use tokio_util::sync::CancellationToken;

/// The two steps of an end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stopping {
    /// Cancelled when no more work is to be taken.
    pub(crate) well: CancellationToken,
    /// Cancelled when work under way is to be left as it is.
    pub(crate) now: CancellationToken,
}

impl Stopping {
    /// Listens for Ctrl-C, for the word of a service manager, and for the end
    /// of the terminal.
    pub(crate) fn listen(on_first: impl FnOnce() + Send + 'static) -> Self {
        let stopping = Self::default();
        let told = stopping.clone();
        let Some(mut signals) = Signals::new() else { return stopping };
        tokio::spawn(async move {
            signals.next().await;
            // Stopped first and told then: telling may have to wait.
            told.well.cancel();
            on_first();
            signals.next().await;
            told.now.cancel();
        });
        stopping
    }
}

/// The signals, waited for from before the first comes, so that none is lost
/// between two.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = |kind| signal(kind).ok();
        Some(Self([
            heard(SignalKind::interrupt())?,
            heard(SignalKind::terminate())?,
            heard(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
