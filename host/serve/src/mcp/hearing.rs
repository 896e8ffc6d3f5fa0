//! What a guest says while it runs, on its way to the client that asked: log
//! lines that are loud enough for it, and progress if it wants to know. A
//! client that reads slowly misses some of it, and holds up nobody.

#![expect(deprecated, reason = "older clients are told log lines, and newer ones ask for them")]

use std::sync::Arc;
use std::time::Duration;

use ctx_core::Hearer;
use ctx_model::{Log, LogLevel, LogLine, Progress};
use rmcp::RoleServer;
use rmcp::model::{
    LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam,
    ProgressNotification, ProgressNotificationParam, ProgressToken, ServerNotification,
};
use rmcp::service::Peer;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What may be on its way to one client at once.
const QUEUE: usize = 64;

/// How long the last words may take once there is an answer.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How loud a line is, as clients say it.
pub(crate) type Level = LoggingLevel;

/// What a client wants to hear of its request while it runs.
pub(crate) struct Ears<'a> {
    pub(crate) peer: &'a Peer<RoleServer>,
    pub(crate) token: Option<ProgressToken>,
    /// The quietest line that it wants.
    pub(crate) level: Option<Level>,
}

impl<'a> Ears<'a> {
    /// Listens, if there is anything that the client wants to hear.
    pub(crate) fn new(
        peer: &'a Peer<RoleServer>,
        token: Option<ProgressToken>,
        level: Option<Level>,
    ) -> Option<Self> {
        (token.is_some() || level.is_some()).then_some(Self { peer, token, level })
    }
}

/// Runs, and passes on what is said meanwhile. All of that leaves before the
/// answer does.
pub(crate) async fn heard<T, F>(ears: Option<&Ears<'_>>, work: impl FnOnce(Hearer) -> F) -> T
where
    F: Future<Output = T>,
{
    let Some(ears) = ears else { return work(None).await };
    let (said, mut queue) = mpsc::channel(QUEUE);
    let hearing = Hearing { said, token: ears.token.clone(), level: ears.level };
    let telling = async {
        while let Some(notification) = queue.recv().await {
            if ears.peer.send_notification(notification).await.is_err() {
                break;
            }
        }
    };
    let mut telling = Box::pin(telling);
    let done = {
        let mut work = Box::pin(work(Some(Arc::new(hearing))));
        tokio::select! {
            biased;
            done = &mut work => done,
            // Whoever cannot be told has gone; that ends the request by itself.
            () = &mut telling => return work.await,
        }
    };
    drop(timeout(LAST_WORDS, telling).await);
    done
}

struct Hearing {
    said: mpsc::Sender<ServerNotification>,
    token: Option<ProgressToken>,
    level: Option<Level>,
}

impl Log for Hearing {
    fn write(&self, line: &LogLine<'_>) {
        let level = loudness(line.level);
        if self.level.is_none_or(|quietest| rank(level) < rank(quietest)) {
            return;
        }
        let message = LoggingMessageNotificationParam::new(level, data(line))
            .with_logger(line.extension.as_str());
        let message = LoggingMessageNotification::new(message);
        drop(self.said.try_send(ServerNotification::LoggingMessageNotification(message)));
    }

    fn progress(&self, progress: &Progress<'_>) {
        let Some(token) = &self.token else { return };
        let mut told = ProgressNotificationParam::new(token.clone(), progress.done);
        told.total = progress.total;
        told.message = progress.message.map(str::to_owned);
        let told = ProgressNotification::new(told);
        drop(self.said.try_send(ServerNotification::ProgressNotification(told)));
    }
}

/// A line without fields is its text.
fn data(line: &LogLine<'_>) -> Value {
    if line.fields.is_empty() {
        return line.message.into();
    }
    let fields = line.fields.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    json!({ "message": line.message, "fields": fields.collect::<serde_json::Map<_, _>>() })
}

fn loudness(level: LogLevel) -> LoggingLevel {
    match level {
        LogLevel::Trace | LogLevel::Debug => LoggingLevel::Debug,
        LogLevel::Info => LoggingLevel::Info,
        LogLevel::Warn => LoggingLevel::Warning,
        LogLevel::Error => LoggingLevel::Error,
    }
}

fn rank(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
