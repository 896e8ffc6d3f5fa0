//! Turns of one extension's runs, a slice each: however many it has, only as
//! many of them as there are threads want the processor at a time.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use ctx_model::ExtensionName;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The turns of every extension that has runs to drive.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ExtensionName, Weak<Semaphore>>>);

/// Work that is driven when it is its turn.
pub(super) struct Taking<F> {
    work: Pin<Box<F>>,
    turns: Arc<Semaphore>,
    waits: Option<Waits>,
}

type Waits = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>;

impl Turns {
    /// Has work take turns with all others of its extension, so many at once.
    pub(super) fn take<F>(
        &self,
        extension: &ExtensionName,
        at_once: usize,
        work: Pin<Box<F>>,
    ) -> Taking<F> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = all.get(extension).and_then(Weak::upgrade).unwrap_or_else(|| {
            // Seldom, so this is the time to forget those who are done.
            all.retain(|_, turns| turns.strong_count() > 0);
            let turns = Arc::new(Semaphore::new(at_once));
            all.insert(extension.clone(), Arc::downgrade(&turns));
            turns
        });
        Taking { work, turns, waits: None }
    }
}

impl<F: Future> Future for Taking<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, turns, waits } = &mut *self;
        let turn = waits.get_or_insert_with(|| Box::pin(turns.clone().acquire_owned()));
        let Poll::Ready(turn) = turn.as_mut().poll(context) else { return Poll::Pending };
        *waits = None;
        let polled = work.as_mut().poll(context);
        // Whoever waits comes before this one's next slice.
        drop(turn);
        polled
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn runs_of_one_extension_go_on_in_turns_and_all_come_to_their_end() {
        let turns = Turns::default();
        let name = ExtensionName::new("busy").unwrap();
        let ended = Arc::new(AtomicUsize::new(0));
        let mut all = Vec::new();
        for at in 0..8 {
            let ended = ended.clone();
            let work = Box::pin(async move {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                ended.fetch_add(1, Ordering::Relaxed);
                at
            });
            all.push(tokio::spawn(turns.take(&name, 2, work)));
        }
        // One that is broken off while it waits leaves its turn to others.
        all.pop().unwrap().abort();
        for (at, one) in all.into_iter().enumerate() {
            assert_eq!(one.await.unwrap(), at);
        }
        assert!(ended.load(Ordering::Relaxed) >= 7);
        drop(turns.take(&ExtensionName::new("other").unwrap(), 2, Box::pin(async {})));
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
