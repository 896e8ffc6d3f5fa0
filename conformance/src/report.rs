//! What came of a run of the suite: for people, for programs, and for what
//! reads JUnit.

mod card;
mod junit;

use std::fmt::Write as _;
use std::time::Duration;

use ctx_model::Usage;
use serde_json::{Map, Value, json};

use crate::check::{Beside, Check, Status, Tried};
use crate::expected::{Expected, subtract};
use crate::identity::{self, Tested};
pub use card::Line;

/// Every check that was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub checks: Vec<Check>,
    /// What was put on trial; what did not load is not among it.
    pub tested: Vec<Tested>,
}

impl From<Vec<Check>> for Report {
    fn from(checks: Vec<Check>) -> Self {
        Self { checks, tested: Vec::new() }
    }
}

impl Report {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.count(Status::Fail) == 0
    }

    /// Counts the checks that ended so.
    pub fn count(&self, status: Status) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }

    /// Adds the checks of another run.
    pub fn extend(&mut self, other: Self) {
        self.checks.extend(other.checks);
        self.tested.extend(other.tested);
    }

    /// Takes what was expected off the failures; what passes unexpectedly
    /// fails.
    pub fn subtract(&mut self, expected: &[Expected]) {
        subtract(&mut self.checks, expected);
    }

    /// Returns the scorecard: a line for each thing that extensions play.
    pub fn card(&self) -> Vec<Line> {
        card::lines(&self.checks)
    }

    /// Returns a line for each check, and one more for each that says why.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let mark = match check.status {
                Status::Pass => "[ok]  ",
                Status::Fail => "[FAIL]",
                Status::Warn => "[warn]",
                Status::Skip => "[skip]",
            };
            // Writing to a string cannot fail, here and below.
            let _ = match &check.tried {
                None => writeln!(text, "{mark} {}", check.id),
                Some(tried) => writeln!(text, "{mark} {}  {}", check.id, became(tried, check)),
            };
            if check.status == Status::Fail {
                let _ = writeln!(text, "       {}", check.claim);
            }
            if check.status != Status::Pass && !check.detail.is_empty() {
                let _ = writeln!(text, "       {}", plain(&check.detail));
            }
        }
        for line in self.card() {
            let _ = writeln!(text, "{}", line.text());
        }
        text
    }

    /// Returns the closing line.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{} passed, {} failed, {} skipped",
            self.count(Status::Pass),
            self.count(Status::Fail),
            self.count(Status::Skip)
        );
        match self.count(Status::Warn) {
            0 => {}
            1 => text.push_str(", 1 warning"),
            several => {
                let _ = write!(text, ", {several} warnings");
            }
        }
        text
    }

    /// Returns all of it, for programs.
    pub fn json(&self) -> Value {
        json!({
            "version": 1,
            "suite": identity::version(),
            "total": self.checks.len(),
            "all_passed": self.passed(),
            "passed": self.count(Status::Pass),
            "failed": self.count(Status::Fail),
            "skipped": self.count(Status::Skip),
            "warned": self.count(Status::Warn),
            "scorecard": self.card().iter().map(Line::json).collect::<Vec<_>>(),
            "checks": self.checks.iter().map(value).collect::<Vec<_>>(),
        })
    }

    /// Returns all of it as JUnit XML.
    pub fn junit(&self) -> String {
        junit::render(self)
    }
}

fn value(check: &Check) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), check.id.clone().into());
    fields.insert("extension".to_owned(), check.extension.clone().into());
    fields.insert("claim".to_owned(), check.claim.clone().into());
    if !check.reference.is_empty() {
        fields.insert("reference".to_owned(), check.reference.clone().into());
    }
    fields.insert("status".to_owned(), check.status.as_str().into());
    if !check.detail.is_empty() {
        fields.insert("detail".to_owned(), check.detail.clone().into());
    }
    if let Some(usage) = &check.usage {
        fields.insert("usage".to_owned(), bill(usage));
    }
    if let Some(Tried { class, ended, beside }) = &check.tried {
        fields.insert("class".to_owned(), (*class).into());
        fields.insert("ended".to_owned(), ended.as_str().into());
        let beside = json!({
            "answers": beside.answers, "slowest_us": micros(beside.slowest),
        });
        fields.insert("beside".to_owned(), beside);
    }
    fields.insert("elapsed_us".to_owned(), micros(check.elapsed).into());
    Value::Object(fields)
}

/// Says what stopped a hostile guest, within what time, and how the host was
/// for others meanwhile.
fn became(tried: &Tried, check: &Check) -> String {
    let Beside { answers, slowest } = tried.beside;
    let calls = if answers == 1 { "call" } else { "calls" };
    format!(
        "{} after {} ms; {answers} {calls} answered beside it, the slowest in {} ms",
        tried.ended,
        check.elapsed.as_millis(),
        slowest.as_millis()
    )
}

fn bill(usage: &Usage) -> Value {
    json!({
        "fuel": usage.fuel,
        "peak_memory_bytes": usage.peak_memory,
        "wall_us": micros(usage.wall),
        "host_calls": usage.host_calls,
    })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A guest's own words must not move a terminal's cursor, or fill its screen.
fn plain(text: &str) -> String {
    const LONGEST: usize = 600;
    let shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{shown}…") } else { shown }
}

#[cfg(test)]
mod tests;
