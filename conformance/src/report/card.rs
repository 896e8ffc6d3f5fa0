//! The scorecard: one line for each thing that an extension plays, made of all
//! checks that are about it, in the form that others read, too:
//! `[ok] extensions/compressor:my_ext`.

use serde_json::{Value, json};

use super::plain;
use crate::check::{Check, Status};

/// The category of all lines.
const CATEGORY: &str = "extensions";

/// What holds for the host, and for nobody's extension.
const NOT_EXTENSIONS: [&str; 4] = ["host", "law", "scene", "suite"];

/// One line of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it plays, and its name: `compressor:my_ext`.
    pub name: String,
    pub extension: String,
    /// A failure if any check failed; skipped if none could be asked.
    pub status: Status,
    /// Why the first check failed that did.
    pub detail: String,
    /// How many checks it is made of.
    pub checks: usize,
}

/// Makes the lines, in the order of their first checks.
pub(super) fn lines(checks: &[Check]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for check in checks {
        let Some(name) = name(check) else { continue };
        let found =
            lines.iter().position(|line| line.extension == check.extension && line.name == name);
        let at = found.unwrap_or_else(|| {
            lines.push(Line {
                name,
                extension: check.extension.clone(),
                status: Status::Skip,
                detail: String::new(),
                checks: 0,
            });
            lines.len() - 1
        });
        let line = &mut lines[at];
        line.checks += 1;
        match check.status {
            Status::Fail if line.status != Status::Fail => {
                line.status = Status::Fail;
                let why = if check.detail.is_empty() { &check.claim } else { &check.detail };
                line.detail.clone_from(why);
            }
            Status::Pass | Status::Warn if line.status == Status::Skip => {
                line.status = Status::Pass;
            }
            Status::Fail | Status::Pass | Status::Warn | Status::Skip => {}
        }
    }
    lines
}

/// Names what a check is about: its role and the part of the extension, or the
/// extension if it has no parts.
fn name(check: &Check) -> Option<String> {
    let (role, _) = check.id.split_once('/')?;
    if NOT_EXTENSIONS.contains(&role) {
        return None;
    }
    let about = check.id.rsplit_once(&format!(":{}", check.extension));
    let part = about.and_then(|(_, part)| part.strip_prefix('/'));
    Some(match (role, part) {
        // A phase is no name of anything.
        ("hook", Some(phase)) => format!("hook:{}/{phase}", check.extension),
        (_, Some(part)) => format!("{role}:{part}"),
        (_, None) => format!("{role}:{}", check.extension),
    })
}

impl Line {
    /// Returns the line as people and other programs read it.
    pub fn text(&self) -> String {
        let mark = match self.status {
            Status::Pass | Status::Warn => "[ok]",
            Status::Fail => "[FAIL]",
            Status::Skip => "[skip]",
        };
        let line = format!("{mark} {CATEGORY}/{}", plain(&self.name));
        if self.detail.is_empty() { line } else { format!("{line} — {}", plain(&self.detail)) }
    }

    pub(super) fn json(&self) -> Value {
        let mut value = json!({
            "category": CATEGORY,
            "name": self.name,
            "extension": self.extension,
            "status": self.status.as_str(),
            "passed": self.status != Status::Fail,
            "checks": self.checks,
        });
        if !self.detail.is_empty() {
            value["detail"] = self.detail.as_str().into();
        }
        value
    }
}
