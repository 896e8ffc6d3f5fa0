//! Spans for a collector of OpenTelemetry, as JSON over HTTP, if the
//! environment names one. Whoever has a span hands it over and goes on: what a
//! slow collector does not take is lost, and counted.

mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

pub use settings::Collector;

use crate::outbound;

/// Spans that wait. Further ones are lost.
const WAITING: usize = 2048;

/// Spans of one request.
const BATCH: usize = 512;

/// How long the first span of a request waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// How long the end of the process waits for the last spans.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of an answer, which nobody reads.
const ANSWER: usize = 64 << 10;

/// Something that took its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub name: &'static str,
    /// W3C trace context of whoever asked; empty begins a trace.
    pub trace: String,
    pub begun: SystemTime,
    pub took: Duration,
    pub attributes: Vec<(&'static str, String)>,
    pub failed: bool,
}

enum Message {
    Span(Box<Span>),
    Flush(oneshot::Sender<()>),
}

/// Where spans are handed over.
#[derive(Clone, Debug)]
pub struct Exporter {
    queue: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
}

impl Exporter {
    /// Begins to send to a collector, on the runtime that this runs on.
    pub fn start(collector: Collector) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        tokio::spawn(send_all(collector, waiting, lost.clone()));
        Self { queue, lost }
    }

    /// Hands a span over. Never waits.
    pub fn record(&self, span: Span) {
        if self.queue.try_send(Message::Span(Box::new(span))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits a moment for what is still to be sent.
    pub async fn flush(&self) {
        let (sent, done) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(sent)).await.is_ok() {
                // It is dropped when it is its turn.
                let _over = done.await;
            }
        };
        // A collector that is gone holds nothing up.
        let _in_time = timeout(PATIENCE, flushed).await;
    }
}

async fn send_all(collector: Collector, mut queue: mpsc::Receiver<Message>, lost: Arc<AtomicU64>) {
    let mut is_silent = false;
    while let Some(first) = queue.recv().await {
        let until = Instant::now() + GATHER;
        let (mut spans, mut next, mut flushed) = (Vec::new(), Some(first), None);
        while let Some(message) = next {
            match message {
                Message::Span(span) => spans.push(span),
                Message::Flush(sent) => {
                    flushed = Some(sent);
                    break;
                }
            }
            if spans.len() == BATCH {
                break;
            }
            next = timeout_at(until, queue.recv()).await.ok().flatten();
        }
        if !spans.is_empty() {
            let body = written(&collector, &spans).to_string();
            let sent =
                outbound::post(&collector.url, collector.headers.clone(), body.into(), ANSWER);
            let sent = timeout(collector.time, sent).await;
            let sent = sent.unwrap_or_else(|_| Err(format!("it took {:?}", collector.time)));
            match sent {
                Ok(_) => is_silent = false,
                // Told once, and not for each batch.
                Err(why) if !is_silent => {
                    tracing::warn!(why, "the collector of spans does not take them");
                    is_silent = true;
                }
                Err(_) => {}
            }
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lost => tracing::warn!(lost, "spans are lost: their collector is too slow"),
        }
        drop(flushed);
    }
}

/// Writes a request of OTLP.
fn written(collector: &Collector, spans: &[Box<Span>]) -> Value {
    let spans: Vec<Value> = spans.iter().map(|span| one(span)).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(&collector.resource) },
        "scopeSpans": [{
            "scope": { "name": "ctx", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }] })
}

fn one(span: &Span) -> Value {
    let mut parts = span.trace.split('-').skip(1);
    let is_id = |id: &&str, length| id.len() == length && id.bytes().any(|byte| byte != b'0');
    let trace = parts.next().filter(|id| is_id(id, 32));
    let parent = parts.next().filter(|id| trace.is_some() && is_id(id, 16));
    let nanos = |at: SystemTime| {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        since.as_nanos().to_string()
    };
    let mut written = json!({
        "traceId": trace.map_or_else(random::<16>, str::to_owned),
        "spanId": random::<8>(),
        "name": span.name,
        // Within the process: neither a server's nor a client's.
        "kind": 1,
        "startTimeUnixNano": nanos(span.begun),
        "endTimeUnixNano": nanos(span.begun + span.took),
        "attributes": attributes(&span.attributes),
        "status": if span.failed { json!({ "code": 2 }) } else { json!({}) },
    });
    if let Some(parent) = parent {
        written["parentSpanId"] = json!(parent);
    }
    written
}

fn attributes<K: AsRef<str>>(all: &[(K, String)]) -> Value {
    let one = |(key, value): &(K, String)| json!({ "key": key.as_ref(), "value": { "stringValue": value } });
    all.iter().map(one).collect()
}

/// Returns an id that nobody else has.
fn random<const N: usize>() -> String {
    ctx_core::random::hex::<N>().unwrap_or_else(|_| "01".repeat(N))
}

#[cfg(test)]
mod tests;
