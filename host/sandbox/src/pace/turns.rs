//! Turns of one extension's runs, a slice each: however many it has, only as
//! many of them as there are threads want the processor at a time.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use ctx_model::ExtensionName;
use tokio::runtime::Handle;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How long a run goes on without giving way, if nobody waits: a thread that
/// gives way wakes another, which takes the run over with a cold cache.
const ALONE: Duration = Duration::from_millis(1);

/// The turns of every extension that has runs to drive.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ExtensionName, Weak<Semaphore>>>);

/// Work that is driven when it is its turn.
pub(super) struct Taking<F> {
    work: Pin<Box<F>>,
    turns: Arc<Semaphore>,
    waits: Option<Waits>,
    /// Hears whether the work itself asked to go on.
    gave_way: Option<(Arc<GaveWay>, Waker)>,
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
        Taking { work, turns, waits: None, gave_way: None }
    }
}

impl<F: Future> Future for Taking<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, turns, waits, gave_way } = &mut *self;
        let turn = waits.get_or_insert_with(|| Box::pin(turns.clone().acquire_owned()));
        let Poll::Ready(turn) = turn.as_mut().poll(context) else { return Poll::Pending };
        *waits = None;
        let polled = go_on(work, gave_way, context);
        // Whoever waits comes before this one's next slice.
        drop(turn);
        polled
    }
}

/// Drives work for a slice, and for more of them while nobody else wants one.
/// What waits for something is left alone until that is there.
fn go_on<F: Future>(
    work: &mut Pin<Box<F>>,
    gave_way: &mut Option<(Arc<GaveWay>, Waker)>,
    context: &Context<'_>,
) -> Poll<F::Output> {
    let threads = Handle::current();
    let threads = threads.metrics();
    let (heard, waker) = match gave_way {
        Some((heard, waker)) if heard.then.will_wake(context.waker()) => (&*heard, &*waker),
        other => {
            let then = context.waker().clone();
            let heard = Arc::new(GaveWay { then, at_once: AtomicBool::new(false) });
            let waker = Waker::from(heard.clone());
            let (heard, waker) = other.insert((heard, waker));
            (&*heard, &*waker)
        }
    };
    let begun = Instant::now();
    loop {
        heard.at_once.store(true, Ordering::Relaxed);
        let polled = work.as_mut().poll(&mut Context::from_waker(waker));
        let gave_way = !heard.at_once.swap(false, Ordering::AcqRel);
        if polled.is_ready() || !gave_way {
            return polled;
        }
        let is_alone = threads.num_alive_tasks() <= threads.num_workers();
        if !is_alone || begun.elapsed() >= ALONE {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
    }
}

/// Takes note of who is woken while it is driven, rather than waking it.
struct GaveWay {
    then: Waker,
    at_once: AtomicBool,
}

impl Wake for GaveWay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Who drives it takes the note from there.
        if !self.at_once.swap(false, Ordering::AcqRel) {
            self.then.wake_by_ref();
        }
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
