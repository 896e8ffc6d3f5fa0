//! What a guest says while it runs, on its way to the client that asked: log
//! lines that are loud enough for it, and progress if it wants to know. What
//! becomes of it if the client reads slowly is the outbox's to decide.

#![expect(deprecated, reason = "older clients are told log lines, and newer ones ask for them")]

use std::sync::Arc;
use std::time::Duration;

use ctx_core::Hearer;
use ctx_model::{Log, LogLevel, LogLine, Progress, shortened};
use rmcp::RoleServer;
use rmcp::model::{
    LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam,
    ProgressNotification, ProgressNotificationParam, ProgressToken, ServerNotification,
};
use rmcp::service::Peer;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::outbox::{LONGEST, Outbox};

/// What a message takes beside its text, about.
const ENVELOPE: usize = 128;

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
    let outbox = Arc::new(Outbox::default());
    let hearing = Hearing { said: outbox.clone(), token: ears.token.clone(), level: ears.level };
    let tells_gaps =
        ears.level.is_some_and(|quietest| rank(LoggingLevel::Warning) >= rank(quietest));
    let telling = async {
        while let Some(notification) = outbox.next(tells_gaps).await {
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
    said: Arc<Outbox>,
    token: Option<ProgressToken>,
    level: Option<Level>,
}

impl Log for Hearing {
    fn write(&self, line: &LogLine<'_>) {
        let level = loudness(line.level);
        if self.level.is_none_or(|quietest| rank(level) < rank(quietest)) {
            return;
        }
        let (data, bytes) = data(line);
        let message =
            LoggingMessageNotificationParam::new(level, data).with_logger(line.extension.as_str());
        let message = LoggingMessageNotification::new(message);
        self.said.put(ServerNotification::LoggingMessageNotification(message), bytes);
    }

    fn progress(&self, progress: &Progress<'_>) {
        let Some(token) = &self.token else { return };
        let mut told = ProgressNotificationParam::new(token.clone(), progress.done);
        told.total = progress.total;
        told.message = progress.message.map(str::to_owned);
        let told = ProgressNotification::new(told);
        let bytes = ENVELOPE + progress.message.map_or(0, str::len);
        self.said.put(ServerNotification::ProgressNotification(told), bytes);
    }
}

// The host lets go of it once the run is over.
impl Drop for Hearing {
    fn drop(&mut self) {
        self.said.close();
    }
}

/// Returns what a client is told of a line, and about how many bytes that is.
/// A line without fields is its text; of one that is too long, its beginning
/// is.
fn data(line: &LogLine<'_>) -> (Value, usize) {
    let fields = line.fields.iter().map(|(name, value)| name.len() + value.len() + ENVELOPE);
    let bytes = ENVELOPE + line.message.len() + fields.sum::<usize>();
    if bytes > LONGEST {
        let text = shortened(line.message.to_owned(), LONGEST / 2);
        let bytes = ENVELOPE + text.len();
        return (text.into(), bytes);
    }
    if line.fields.is_empty() {
        return (line.message.into(), bytes);
    }
    let fields = line.fields.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    let fields = fields.collect::<serde_json::Map<_, _>>();
    (json!({ "message": line.message, "fields": fields }), bytes)
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
