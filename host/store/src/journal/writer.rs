//! Writes journal entries from one thread of its own, so that no call waits
//! for the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::JournalEntry;
use crate::{Store, StoreError};

/// How long an entry waits for others.
const DELAY: Duration = Duration::from_millis(100);
/// Entries of one transaction.
const BATCH: usize = 256;
/// Entries that may wait while the disk is slow. Further ones are dropped and
/// counted.
const MOST_WAITING: usize = 4096;

/// Takes entries from any thread. What it has is written when it is dropped.
#[derive(Debug)]
pub struct JournalWriter {
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Entry(Box<JournalEntry>),
    Flush(SyncSender<Result<(), StoreError>>),
}

impl JournalWriter {
    /// Starts the thread.
    pub fn start(store: Arc<Store>) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::sync_channel(MOST_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let path = store.database.path().to_owned();
        let thread = {
            let lost = Arc::clone(&lost);
            thread::Builder::new()
                .name("ctx-journal".to_owned())
                .spawn(move || run(&store, &receiver, &lost))
                .map_err(|error| StoreError::io(&path, &error))?
        };
        Ok(Self { sender: Some(sender), thread: Some(thread), lost })
    }

    /// Takes an entry. Never waits.
    pub fn record(&self, entry: JournalEntry) {
        let taken = self
            .sender
            .as_ref()
            .is_some_and(|sender| sender.try_send(Message::Entry(Box::new(entry))).is_ok());
        if !taken {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything recorded so far is written, and says whether the
    /// last of it could be.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (reply, written) = mpsc::sync_channel(1);
        if let Some(sender) = &self.sender {
            let _sent = sender.send(Message::Flush(reply));
        }
        // No reply: the thread is gone, and what was lost is counted.
        written.recv().unwrap_or(Ok(()))
    }

    /// Returns how many entries could not be written.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn run(store: &Store, receiver: &Receiver<Message>, lost: &AtomicU64) {
    let mut entries = Vec::with_capacity(BATCH);
    let mut due: Option<Instant> = None;
    loop {
        let message = match due {
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => receiver.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        let (reply, over) = match message {
            Ok(Message::Entry(entry)) => {
                entries.push(*entry);
                due.get_or_insert_with(|| Instant::now() + DELAY);
                if entries.len() < BATCH {
                    continue;
                }
                (None, false)
            }
            Ok(Message::Flush(reply)) => (Some(reply), false),
            Err(RecvTimeoutError::Timeout) => (None, false),
            Err(RecvTimeoutError::Disconnected) => (None, true),
        };
        let written = store.journal_append(&entries);
        if written.is_err() {
            lost.fetch_add(entries.len() as u64, Ordering::Relaxed);
        }
        entries.clear();
        due = None;
        if let Some(reply) = reply {
            let _heard = reply.send(written);
        }
        if over {
            return;
        }
    }
}
