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
    /// Listens for Ctrl-C and for the word of a service manager.
    pub(crate) fn listen(on_first: impl FnOnce() + Send + 'static) -> Self {
        let stopping = Self::default();
        let told = stopping.clone();
        tokio::spawn(async move {
            if !told_to_stop().await {
                return;
            }
            on_first();
            told.well.cancel();
            if told_to_stop().await {
                told.now.cancel();
            }
        });
        stopping
    }
}

/// Waits for a signal. Returns whether signals can be waited for at all.
async fn told_to_stop() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut asked), Ok(mut typed)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return false;
        };
        tokio::select! {
            heard = asked.recv() => heard.is_some(),
            heard = typed.recv() => heard.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}
