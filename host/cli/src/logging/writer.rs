//! Standard error, written from a thread of its own: a terminal that is
//! stopped, or a client that does not read, must not stop the server.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait. Further ones are dropped and counted.
const WAITING: usize = 4096;

/// How long the end of the process waits for the last lines.
const PATIENCE: Duration = Duration::from_millis(500);

static QUEUE: OnceLock<SyncSender<Message>> = OnceLock::new();

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Makes writers that never wait.
#[derive(Clone)]
pub(super) struct Queued {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

/// One line, sent when it is whole.
pub(super) struct Line<'a> {
    queued: &'a Queued,
    bytes: Vec<u8>,
}

/// Starts the thread.
pub(super) fn start() -> io::Result<Queued> {
    let (queue, lines) = sync_channel(WAITING);
    let queued = Queued { queue, dropped: Arc::default() };
    let dropped = queued.dropped.clone();
    thread::Builder::new().name("ctx-log".to_owned()).spawn(move || write(&lines, &dropped))?;
    drop(QUEUE.set(queued.queue.clone()));
    Ok(queued)
}

/// Waits a moment for what is still to be written.
pub(crate) fn flush() {
    let Some(queue) = QUEUE.get() else { return };
    let (written, done) = sync_channel(1);
    if queue.try_send(Message::Flush(written)).is_ok() {
        // Nobody reads: then nobody misses it.
        let _done = done.recv_timeout(PATIENCE);
    }
}

fn write(lines: &Receiver<Message>, dropped: &AtomicU64) {
    for message in lines {
        match message {
            Message::Line(line) => {
                let lost = dropped.swap(0, Ordering::Relaxed);
                let mut stderr = io::stderr().lock();
                if lost > 0 {
                    drop(writeln!(stderr, "({lost} lines were dropped: nobody read them)"));
                }
                drop(stderr.write_all(&line));
            }
            Message::Flush(written) => {
                let _heard = written.send(());
            }
        }
    }
}

impl<'a> MakeWriter<'a> for Queued {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { queued: self, bytes: Vec::new() }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let line = Message::Line(std::mem::take(&mut self.bytes));
        if let Err(TrySendError::Full(_)) = self.queued.queue.try_send(line) {
            self.queued.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
