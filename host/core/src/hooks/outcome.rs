//! What came of a phase, for whoever asked: how each handler ran, what all of
//! them together say, and what was left out of it and why.

use std::time::Duration;

use ctx_model::Phase;
use serde_json::{Map, Value};
use thiserror::Error;

use super::commit::StateReport;
use super::{HostError, PhaseCall};

/// How one handler ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunReport {
    pub extension: String,
    pub handler: String,
    /// `ok`, `error`, `timeout` or `skipped`.
    pub outcome: &'static str,
    /// Absent if it went well.
    pub code: Option<&'static str>,
    pub message: Option<String>,
    /// For programs, as the extension gave it: a JSON value.
    pub details: Option<String>,
    pub wall: Duration,
}

/// Something that was left out, or went wrong and ended nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookProblem {
    pub extension: String,
    /// `EXT_…`: stable.
    pub code: &'static str,
    pub message: String,
    pub details: Option<String>,
}

/// What came of a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseReport {
    pub phase: Phase,
    pub dry_run: bool,
    /// In order.
    pub runs: Vec<RunReport>,
    /// Keys that should be what they are here.
    pub changes: Map<String, Value>,
    pub snippets: Vec<String>,
    pub tags: Vec<String>,
    /// The draft as it should be, after a phase that edits one.
    pub text: Option<String>,
    /// What became of transactions, if there were any.
    pub state: Option<StateReport>,
    pub warnings: Vec<HookProblem>,
    pub wall: Duration,
}

/// Why a phase ends what it is part of.
#[derive(Debug, Error)]
pub enum HookError {
    /// Validators have something against it.
    #[error("{} refused it: {}", .phase.as_str(), listed(.problems))]
    Rejected { phase: Phase, problems: Vec<HookProblem> },
    /// A handler failed that must not.
    #[error("a hook of {} failed: {problem}", .phase.as_str())]
    Failed { phase: Phase, problem: HookProblem },
    /// The state could not be changed; nothing of it was.
    #[error("the state was not changed: {0}")]
    Conflict(String),
    /// The caller's fault.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Host(#[from] HostError),
}

impl std::fmt::Display for HookProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {} ({})", self.extension, self.message, self.code)
    }
}

fn listed(problems: &[HookProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl RunReport {
    /// Returns what went wrong, if it ran and something did.
    pub(super) fn problem(&self) -> Option<HookProblem> {
        let code = self.code.filter(|code| {
            // What is switched off is no failure of anybody's.
            self.outcome != "skipped" || !["EXT_DISABLED", "EXT_PAUSED"].contains(code)
        })?;
        Some(HookProblem {
            extension: self.extension.clone(),
            code,
            message: self.message.clone().unwrap_or_default(),
            details: self.details.clone(),
        })
    }
}

impl PhaseReport {
    /// What comes of a phase to which nobody listens.
    pub(super) fn nothing(phase: Phase, call: &PhaseCall) -> Self {
        let draft = || call.subject["text"].as_str().map(str::to_owned);
        Self {
            phase,
            dry_run: call.dry_run,
            runs: Vec::new(),
            changes: Map::new(),
            snippets: Vec::new(),
            tags: Vec::new(),
            text: if phase == Phase::PostModelDraft { draft() } else { None },
            state: None,
            warnings: Vec::new(),
            wall: Duration::ZERO,
        }
    }

    pub(super) fn warn(&mut self, problem: &HookProblem) {
        let HookProblem { extension, code, message, .. } = problem;
        tracing::warn!(
            extension,
            code,
            message,
            phase = self.phase.as_str(),
            "a hook was left out"
        );
        self.warnings.push(problem.clone());
    }

    fn add(&mut self, extension: &str, code: &'static str, message: String) {
        let extension = extension.to_owned();
        self.warnings.push(HookProblem { extension, code, message, details: None });
    }

    pub(super) fn over_tokens(&mut self, who: &str, most: u32) {
        let message = format!("it added more than {most} tokens, and the rest was cut off");
        self.add(who, "EXT_TOKEN_BUDGET_EXCEEDED", message);
    }

    pub(super) fn scope_denied(&mut self, who: &str, key: &str) {
        let message = format!("`{key}` is of a class of data that it may not see, so it stays");
        self.add(who, "EXT_SCOPE_DENIED", message);
    }

    pub(super) fn bad_output(&mut self, who: &str, why: &str) {
        self.add(who, "EXT_INVALID_OUTPUT", why.to_owned());
    }

    pub(super) fn lost(&mut self, who: &str, key: &str) {
        self.add(who, "EXT_KEY_TAKEN", format!("`{key}` was set by an earlier hook"));
    }

    pub(super) fn edit_left_out(&mut self, who: &str, why: &str) {
        self.add(who, "EXT_EDIT_LEFT_OUT", format!("an edit was left out: {why}"));
    }

    pub(super) fn resolver_fell_back(&mut self, who: &str, why: String) {
        self.add(who, "EXT_RESOLVER_FALLBACK", why);
    }

    pub(super) fn transaction_refused(
        &mut self,
        who: &str,
        id: &str,
        code: &'static str,
        why: &str,
    ) {
        self.add(who, code, format!("transaction `{id}` was rejected: {why}"));
    }
}
