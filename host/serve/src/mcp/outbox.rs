//! What is on its way to one client while its request runs, bounded in number
//! and in bytes. A client that reads too slowly misses what is oldest, is told
//! so if it listens to the log, and holds up nobody.

#![expect(deprecated, reason = "older clients are told log lines, and newer ones ask for them")]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rmcp::model::{
    LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam, ServerNotification,
};
use tokio::sync::Notify;

/// Messages that wait at once.
pub(super) const MOST: usize = 64;

/// Bytes of text that wait at once, about.
pub(super) const BYTES: usize = 256 << 10;

/// Bytes of one message's text. Longer ones are shortened before they get here.
pub(super) const LONGEST: usize = 8 << 10;

/// What waits, the oldest first.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<(ServerNotification, usize)>,
    bytes: usize,
    /// Messages that gave way since the client was last told.
    left_out: u64,
    /// Whether nothing more comes.
    is_over: bool,
}

impl Outbox {
    /// Puts a message of about so many bytes at the end. The oldest give way to
    /// it.
    pub(super) fn put(&self, message: ServerNotification, bytes: usize) {
        let mut waiting = self.waiting();
        waiting.messages.push_back((message, bytes));
        waiting.bytes += bytes;
        while waiting.messages.len() > MOST || waiting.bytes > BYTES {
            let Some((_, bytes)) = waiting.messages.pop_front() else { break };
            waiting.bytes -= bytes;
            waiting.left_out += 1;
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Says that nothing more comes.
    pub(super) fn close(&self) {
        self.waiting().is_over = true;
        self.changed.notify_one();
    }

    /// Takes the oldest message, once there is one. Nothing at the end. What
    /// was left out is told in its place, if `tells_gaps`.
    pub(super) async fn next(&self, tells_gaps: bool) -> Option<ServerNotification> {
        loop {
            {
                let mut waiting = self.waiting();
                let left_out = std::mem::take(&mut waiting.left_out);
                if left_out > 0 && tells_gaps {
                    return Some(gap(left_out));
                }
                if let Some((message, bytes)) = waiting.messages.pop_front() {
                    waiting.bytes -= bytes;
                    return Some(message);
                }
                if waiting.is_over {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says how much was left out.
fn gap(left_out: u64) -> ServerNotification {
    let text = format!(
        "{left_out} messages were left out here: they came faster than this client reads; \
         `ctx ext logs` has the log lines"
    );
    let told = LoggingMessageNotificationParam::new(LoggingLevel::Warning, text.into());
    let told = LoggingMessageNotification::new(told.with_logger("ctx"));
    ServerNotification::LoggingMessageNotification(told)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    fn line(text: &str) -> ServerNotification {
        let line = LoggingMessageNotificationParam::new(LoggingLevel::Info, text.into());
        ServerNotification::LoggingMessageNotification(LoggingMessageNotification::new(line))
    }

    fn text(message: &ServerNotification) -> String {
        let ServerNotification::LoggingMessageNotification(line) = message else { panic!() };
        line.params.data.as_str().unwrap().to_owned()
    }

    async fn all(outbox: &Outbox, tells_gaps: bool) -> Vec<String> {
        outbox.close();
        let mut all = Vec::new();
        while let Some(message) = outbox.next(tells_gaps).await {
            all.push(text(&message));
        }
        all
    }

    #[tokio::test]
    async fn the_oldest_messages_give_way_and_that_is_said_in_their_place() {
        for tells_gaps in [true, false] {
            let outbox = Outbox::default();
            for at in 0..9000 {
                outbox.put(line(&at.to_string()), 1000);
                let waiting = outbox.waiting();
                assert!(waiting.messages.len() <= MOST && waiting.bytes <= BYTES);
            }
            let mut told = all(&outbox, tells_gaps).await;
            if tells_gaps {
                assert!(told.remove(0).starts_with("8936 messages were left out here"));
            }
            let newest: Vec<_> = (9000 - MOST..9000).map(|at| at.to_string()).collect();
            assert_eq!(told, newest);
        }
    }

    #[tokio::test]
    async fn long_messages_are_few() {
        let outbox = Outbox::default();
        for _ in 0..1000 {
            outbox.put(line("x"), LONGEST);
        }
        assert_eq!(all(&outbox, false).await.len(), BYTES / LONGEST);
        assert_eq!(outbox.waiting().bytes, 0);
    }

    #[tokio::test]
    async fn whoever_keeps_up_misses_nothing() {
        let outbox = Outbox::default();
        for at in 0..200 {
            outbox.put(line(&at.to_string()), 10);
            assert_eq!(text(&outbox.next(true).await.unwrap()), at.to_string());
        }
        assert!(all(&outbox, true).await.is_empty());
    }
}
