//! Writes journal entries from one thread of its own, so that no call waits
//! for the disk. The thread is woken once for a batch, not for each entry:
//! waking it costs more than a small call.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{JournalEntry, LoggedLine};
use crate::{Store, StoreError};

/// How long an entry waits for others.
const DELAY: Duration = Duration::from_millis(100);
/// Entries, or lines, that are written at once without waiting for more.
const BATCH: usize = 1024;
/// Entries that may wait while the disk is slow. Further ones are dropped and
/// counted.
const MOST_ENTRIES: usize = 8192;
/// Lines that may wait. What extensions say does not push out what is known
/// of their calls.
const MOST_LINES: usize = 8192;

/// Takes entries from any thread. What it has is written when it is dropped.
#[derive(Debug)]
pub struct JournalWriter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Wakes the thread: there is something, or there is much, or somebody
    /// waits for it.
    wanted: Condvar,
    /// Wakes those who wait for a batch to be written.
    written: Condvar,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: Vec<JournalEntry>,
    lines: Vec<LoggedLine>,
    /// Batches that somebody wants written without delay, by number.
    asked: u64,
    /// The last of those that was written.
    done: u64,
    /// How the last batch went.
    outcome: Option<StoreError>,
    /// Whether the writer is gone, and the thread is to follow.
    is_over: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.lines.is_empty()
    }

    fn is_urgent(&self) -> bool {
        self.is_over
            || self.asked > self.done
            || self.entries.len() >= BATCH
            || self.lines.len() >= BATCH
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JournalWriter {
    /// Starts the thread.
    pub fn start(store: Arc<Store>) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::default());
        let path = store.database.path().to_owned();
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("ctx-journal".to_owned())
                .spawn(move || run(&store, &shared))
                .map_err(|error| StoreError::io(&path, &error))?
        };
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Takes an entry. Never waits for the disk.
    pub fn record(&self, entry: JournalEntry) {
        self.take(|waiting| {
            let fits = waiting.entries.len() < MOST_ENTRIES;
            if fits {
                waiting.entries.push(entry);
            }
            fits
        });
    }

    /// Takes a line that an extension said. Never waits for the disk; the
    /// line's number is given when it is written.
    pub fn log(&self, line: LoggedLine) {
        self.take(|waiting| {
            let fits = waiting.lines.len() < MOST_LINES;
            if fits {
                waiting.lines.push(line);
            }
            fits
        });
    }

    fn take(&self, push: impl FnOnce(&mut Waiting) -> bool) {
        let mut waiting = self.shared.lock();
        let was_idle = waiting.is_empty();
        let was_urgent = waiting.is_urgent();
        if !push(&mut waiting) {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let wakes = was_idle || (waiting.is_urgent() && !was_urgent);
        drop(waiting);
        if wakes {
            self.shared.wanted.notify_one();
        }
    }

    /// Waits until everything recorded so far is written, and says whether the
    /// last of it could be.
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut waiting = self.shared.lock();
        waiting.asked += 1;
        let mine = waiting.asked;
        self.shared.wanted.notify_one();
        while waiting.done < mine && !waiting.is_over {
            waiting = self.shared.written.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.outcome.clone().map_or(Ok(()), Err)
    }

    /// Returns how many entries and lines could not be written.
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.wanted.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// Lets nobody wait for a thread that is gone.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.written.notify_all();
    }
}

fn run(store: &Store, shared: &Shared) {
    let _ending = Ending(shared);
    let mut waiting = shared.lock();
    loop {
        while waiting.is_empty() && !waiting.is_urgent() {
            waiting = shared.wanted.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        // Others may come; whoever wants it now says so.
        if !waiting.is_urgent() {
            let more = shared.wanted.wait_timeout_while(waiting, DELAY, |now| !now.is_urgent());
            waiting = more.unwrap_or_else(PoisonError::into_inner).0;
        }
        let (entries, lines) = (mem::take(&mut waiting.entries), mem::take(&mut waiting.lines));
        let (asked, is_over) = (waiting.asked, waiting.is_over);
        drop(waiting);
        let outcome = write(store, shared, &entries, &lines);
        waiting = shared.lock();
        waiting.done = asked;
        waiting.outcome = outcome.err();
        shared.written.notify_all();
        if is_over && waiting.is_empty() {
            drop(waiting);
            return;
        }
    }
}

fn write(
    store: &Store,
    shared: &Shared,
    entries: &[JournalEntry],
    lines: &[LoggedLine],
) -> Result<(), StoreError> {
    let noted = store.journal_append(entries);
    if noted.is_err() {
        shared.lost.fetch_add(entries.len() as u64, Ordering::Relaxed);
    }
    let said = store.log_append(lines);
    if said.is_err() {
        shared.lost.fetch_add(lines.len() as u64, Ordering::Relaxed);
    }
    noted.and(said)
}
