//! How far a sync is, on standard error: bars on a terminal, and lines or JSON
//! where somebody asks for them. Whoever else prints goes through `aside`, so
//! that a bar is never torn.

use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ctx_core::SyncEvent;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::args::ProgressFormat;
use crate::terminal::plain;

/// The bars of this process.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// How often a line says how far a source is.
const EVERY: Duration = Duration::from_millis(500);

/// How often a bar turns.
const TICK: Duration = Duration::from_millis(100);

/// Prints something with the bars out of the way.
pub(crate) fn aside<T>(print: impl FnOnce() -> T) -> T {
    match BARS.get() {
        Some(bars) => bars.suspend(print),
        None => print(),
    }
}

/// How to tell how far things are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    Silent,
    Bars,
    Lines,
    Json,
}

impl Manner {
    /// Decides by what was asked for and where it goes.
    pub(crate) fn of(asked: Option<ProgressFormat>, none: bool, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        match asked {
            _ if none => Self::Silent,
            Some(ProgressFormat::Json) => Self::Json,
            Some(ProgressFormat::Human) if !terminal => Self::Lines,
            None if !terminal || quiet => Self::Silent,
            Some(ProgressFormat::Human) | None => Self::Bars,
        }
    }

    /// Begins to tell of one source.
    pub(crate) fn meter(self, name: &str) -> Meter {
        let bar = matches!(self, Self::Bars).then(|| bar(name));
        Meter { name: name.to_owned(), manner: self, bar, said: None, told: None }
    }
}

fn bar(name: &str) -> ProgressBar {
    let bar = BARS.get_or_init(MultiProgress::new).add(ProgressBar::new_spinner());
    bar.set_style(style("{spinner} {prefix}  {msg}"));
    bar.set_prefix(plain(name));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("our templates are valid")
}

/// Tells how far one source is.
pub(crate) struct Meter {
    name: String,
    manner: Manner,
    bar: Option<ProgressBar>,
    /// When a line last said something of the pages.
    said: Option<Instant>,
    /// What it said.
    told: Option<(u64, Option<u64>)>,
}

impl Meter {
    /// Takes note of what happened.
    pub(crate) fn note(&mut self, event: &SyncEvent) {
        match *event {
            SyncEvent::Started { .. } => self.discovering(),
            SyncEvent::Page { documents, total } => self.ingesting(documents, total),
            SyncEvent::Again => self.say("walking once more, to find what is gone"),
        }
    }

    fn discovering(&mut self) {
        match (&self.bar, self.manner) {
            (Some(bar), _) => {
                bar.set_message("discovering...");
                bar.enable_steady_tick(TICK);
            }
            (None, Manner::Lines) => self.say("discovering..."),
            (None, Manner::Json) => tell(
                &json!({
                    "connector": self.name, "event": "progress", "phase": "discovering",
                })
                .to_string(),
            ),
            (None, Manner::Silent | Manner::Bars) => {}
        }
    }

    fn ingesting(&mut self, documents: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            if let Some(total) = total.filter(|total| bar.length() != Some(*total)) {
                bar.set_style(style("{spinner} {prefix}  {wide_bar} {msg}"));
                bar.set_length(total);
            }
            bar.set_message(format!("{} items", counted(documents, total)));
            bar.set_position(documents);
            return;
        }
        if self.said.is_some_and(|said| said.elapsed() < EVERY) {
            return;
        }
        self.said = Some(Instant::now());
        self.told = Some((documents, total));
        match self.manner {
            Manner::Lines => {
                self.say(&format!("ingesting  {} items", counted(documents, total)));
            }
            Manner::Json => {
                let line = json!({
                    "connector": self.name, "event": "progress", "n": documents,
                    "phase": "ingesting", "total": total,
                });
                tell(&line.to_string());
            }
            Manner::Silent | Manner::Bars => {}
        }
    }

    /// Tells that all was walked: now the total is known.
    pub(crate) fn finished(&mut self, documents: u64) {
        if self.told != Some((documents, Some(documents))) {
            self.said = None;
            self.ingesting(documents, Some(documents));
        }
    }

    fn say(&self, what: &str) {
        match (&self.bar, self.manner) {
            (Some(bar), _) => bar.set_message(what.to_owned()),
            (None, Manner::Lines) => tell(&format!("sync {}  {what}", plain(&self.name))),
            (None, _) => {}
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn tell(line: &str) {
    // Whoever watches may have gone away; the work goes on.
    drop(writeln!(std::io::stderr(), "{line}"));
}

fn counted(documents: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{} / {}", grouped(documents), grouped(total)),
        None => grouped(documents),
    }
}

/// Writes a number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn no_progress_goes_before_any_progress() {
        assert!(matches!(Manner::of(Some(ProgressFormat::Json), true, false), Manner::Silent));
        assert!(matches!(Manner::of(Some(ProgressFormat::Json), false, true), Manner::Json));
    }
}
