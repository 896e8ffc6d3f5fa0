//! The log of a process that stays: events on standard error, for people or
//! for programs, and the lines of extensions among them.

mod writer;

use std::io;

use ctx_model::{Log, LogLevel, LogLine};
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::Global;
use crate::{telemetry, terminal};

pub(crate) use writer::flush;

/// Starts the log. Libraries are heard when something is wrong.
pub(crate) fn start(global: &Global, is_json: bool) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => Level::ERROR,
        (false, 0) => Level::INFO,
        (false, 1) => Level::DEBUG,
        (false, _) => Level::TRACE,
    };
    let targets = Targets::new()
        .with_default(Level::WARN.min(level))
        // It warns of what clients get wrong, which they are told.
        .with_target("rmcp", Level::ERROR)
        // What it says here is that a client is gone, which is nobody's error.
        .with_target("rmcp::service", LevelFilter::OFF)
        .with_targets([("ctx", level), ("ctx_core", level), ("ctx_serve", level), (GUEST, level)]);
    let Ok(queued) = writer::start() else {
        // Without another thread there is no server either, which it will say.
        return;
    };
    let to = layer().with_writer(queued);
    // A second start would be the same; the first one stays.
    let started = if is_json {
        let to = to.json().flatten_event(true).with_filter(targets);
        tracing_subscriber::registry().with(to).with(telemetry::layer()).try_init()
    } else {
        let is_plain =
            std::env::var_os("NO_COLOR").is_some() || !io::IsTerminal::is_terminal(&io::stderr());
        let to = to.with_ansi(!is_plain).with_target(false).with_filter(targets);
        tracing_subscriber::registry().with(to).with(telemetry::layer()).try_init()
    };
    drop(started);
}

/// The target of what extensions say.
const GUEST: &str = "extension";

/// Writes the lines of extensions to the log.
pub(crate) struct Logged;

impl Log for Logged {
    fn write(&self, line: &LogLine<'_>) {
        let extension = line.extension.as_str();
        let request = line.caller.request().unwrap_or_default();
        let fields = line.fields.iter().map(|(name, value)| (&**name, &**value));
        let text = terminal::line(line.message, fields);
        match line.level {
            LogLevel::Trace => tracing::trace!(target: GUEST, extension, request, "{text}"),
            LogLevel::Debug => tracing::debug!(target: GUEST, extension, request, "{text}"),
            LogLevel::Info => tracing::info!(target: GUEST, extension, request, "{text}"),
            LogLevel::Warn => tracing::warn!(target: GUEST, extension, request, "{text}"),
            LogLevel::Error => tracing::error!(target: GUEST, extension, request, "{text}"),
        }
    }
}
