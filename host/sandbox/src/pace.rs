//! Where guests run: at once on the thread that asks, and after a moment on
//! threads of their own, which stand back for all others. So a guest that
//! computes holds up nobody who answers requests.

mod turns;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::{Duration, Instant};

use ctx_model::ExtensionName;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use turns::Turns;

/// Work that a run may do where it was asked for: nearly all runs are over by
/// then, and moving one costs a tenth of it.
const AT_ONCE: Duration = Duration::from_millis(1);

/// How much less these threads count for the system than those that answer:
/// about a tenth. They lack nothing while nobody else wants the processor.
const NICE: i32 = 10;

/// Slices after which a thread looks for what has come in meanwhile.
const LOOKS: u32 = 4;

/// The threads for guests that compute.
pub(crate) struct Pace {
    /// Absent where nobody is to be held up.
    threads: Option<OnceLock<Option<Runtime>>>,
    turns: Turns,
}

impl Pace {
    /// Moves what computes off the threads that ask, if `moves`.
    pub(crate) fn new(moves: bool) -> Self {
        Self { threads: moves.then(OnceLock::new), turns: Turns::default() }
    }

    /// Drives work of an extension to its end. Dropping this ends it where it next gives way.
    pub(crate) async fn drive<F>(&self, extension: &ExtensionName, work: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let mut work = Box::pin(work);
        let Some(threads) = &self.threads else { return work.await };
        if let Some(done) = at_once(&mut work).await {
            return done;
        }
        match threads.get_or_init(|| start().ok()) {
            Some(runtime) => {
                let at_once = runtime.metrics().num_workers();
                Moved(runtime.spawn(self.turns.take(extension, at_once, work))).await
            }
            // No threads are to be had: here is better than not at all.
            None => work.await,
        }
    }
}

/// Drives work until it has worked for a while. Returns nothing if it is not
/// done then.
async fn at_once<F: Future>(work: &mut Pin<Box<F>>) -> Option<F::Output> {
    let mut worked = Duration::ZERO;
    poll_fn(|context| {
        let begun = Instant::now();
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        worked += begun.elapsed();
        if worked < AT_ONCE { Poll::Pending } else { Poll::Ready(None) }
    })
    .await
}

fn start() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .thread_name("ctx-guests")
        .on_thread_start(|| {
            // Where it cannot be had, guests count as much as others.
            #[cfg(target_os = "linux")]
            let _refused = rustix::process::nice(NICE);
        })
        .event_interval(LOOKS)
        .global_queue_interval(LOOKS)
        .enable_all()
        .build()
}

impl Drop for Pace {
    fn drop(&mut self) {
        // Waiting for guests is not allowed where this may happen.
        if let Some(Some(runtime)) = self.threads.as_mut().and_then(OnceLock::take) {
            runtime.shutdown_background();
        }
    }
}

/// Work on another thread, which ends when nobody waits for it.
struct Moved<T>(JoinHandle<T>);

impl<T> Future for Moved<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(done)) => Poll::Ready(done),
            Poll::Ready(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The threads go when the sandbox does, and nobody waits then.
                Err(_) => Poll::Pending,
            },
        }
    }
}

impl<T> Drop for Moved<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::thread;

    use super::*;

    fn busy() -> ExtensionName {
        ExtensionName::new("busy").unwrap()
    }

    /// Works for a long time, giving way now and then, and says where it ended.
    async fn long() -> Option<String> {
        for _ in 0..12 {
            tokio::task::yield_now().await;
            let slice = Instant::now();
            while slice.elapsed() < AT_ONCE / 4 {}
        }
        thread::current().name().map(str::to_owned)
    }

    #[tokio::test]
    async fn what_is_short_stays_and_what_is_long_is_moved() {
        let pace = Pace::new(true);
        let here = thread::current().id();
        assert_eq!(pace.drive(&busy(), async { thread::current().id() }).await, here);
        assert_eq!(pace.drive(&busy(), long()).await.as_deref(), Some("ctx-guests"));
        let never = Pace::new(false);
        assert_ne!(never.drive(&busy(), long()).await.as_deref(), Some("ctx-guests"));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_ends() {
        let pace = Pace::new(true);
        let (alive, mut gone) = tokio::sync::mpsc::channel::<()>(1);
        let endless = async move {
            let _alive = alive;
            loop {
                long().await;
            }
        };
        let busy = busy();
        let driven = tokio::time::timeout(AT_ONCE * 10, pace.drive(&busy, endless)).await;
        assert!(driven.is_err());
        assert_eq!(gone.recv().await, None);
    }
}
