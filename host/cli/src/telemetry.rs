//! Runs of hooks as spans of OpenTelemetry, if the environment names a
//! collector. What is in a span is names and times, and no text of anybody's.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use ctx_serve::otlp::{Collector, Exporter, Span};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::report::Report;

/// What is sent.
const NAME: &str = "extension.hook";

static EXPORTER: OnceLock<Exporter> = OnceLock::new();

/// Begins to send, if the environment names a collector.
pub(crate) fn start(report: &Report) {
    match Collector::from_environment(|name| std::env::var(name).ok()) {
        Ok(None) => {}
        Ok(Some(collector)) => {
            EXPORTER.get_or_init(|| Exporter::start(collector));
        }
        Err(why) => report.warn(&why),
    }
}

/// Notes spans in a process that has no other log.
pub(crate) fn note() {
    if EXPORTER.get().is_some() {
        // The log of a process that stays has come first.
        drop(tracing_subscriber::registry().with(layer()).try_init());
    }
}

/// Waits a moment for what is still to be sent.
pub(crate) async fn flush() {
    if let Some(exporter) = EXPORTER.get() {
        exporter.flush().await;
    }
}

/// Returns what hands spans over, if there is anywhere to.
pub(crate) fn layer<S>() -> Option<impl Layer<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let is_sent = |metadata: &Metadata<'_>| metadata.is_span() && metadata.name() == NAME;
    let exporter = EXPORTER.get()?;
    Some(Layer::<S>::with_filter(Spans(exporter.clone()), filter_fn(is_sent)))
}

struct Spans(Exporter);

/// A span that is not over.
struct Begun {
    at: SystemTime,
    since: Instant,
    fields: Fields,
}

#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let begun = Begun { at: SystemTime::now(), since: Instant::now(), fields };
        span.extensions_mut().insert(begun);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(begun) = span.extensions_mut().get_mut::<Begun>() {
            values.record(&mut begun.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(begun) = span.extensions_mut().remove::<Begun>() else { return };
        let Begun { at, since, fields: Fields(mut attributes) } = begun;
        let trace = attributes.iter().position(|(name, _)| *name == "trace");
        let trace = trace.map(|at| attributes.remove(at).1).unwrap_or_default();
        let failed = attributes
            .iter()
            .any(|(name, value)| *name == "outcome" && (value == "error" || value == "timeout"));
        self.0.record(Span {
            name: NAME,
            trace,
            begun: at,
            took: since.elapsed(),
            attributes,
            failed,
        });
    }
}
