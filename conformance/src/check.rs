//! One claim, held against one subject, and what came of it.

use std::time::Duration;

use ctx_model::Usage;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pass,
    Fail,
    /// It holds, and somebody may want to know more.
    Warn,
    /// It could not be asked.
    Skip,
}

impl Status {
    /// Returns the word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
        }
    }
}

/// A claim and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The case and the subject: `tool/determinism:weather/forecast`.
    pub id: String,
    pub extension: String,
    pub claim: String,
    /// Where the contract says so.
    pub reference: String,
    pub status: Status,
    /// Why, in a sentence; empty if there is nothing to say.
    pub detail: String,
    pub usage: Option<Usage>,
    pub elapsed: Duration,
    /// Present if a hostile guest was tried.
    pub tried: Option<Tried>,
}

/// What became of a hostile guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What it went for.
    pub class: &'static str,
    /// What stopped it, as in `stopped:fuel`, or `ok` if it had its way.
    pub ended: String,
    /// How the host was for others meanwhile.
    pub beside: Beside,
}

/// Calls of good citizens beside a hostile one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    pub answers: u32,
    pub slowest: Duration,
}

/// What a runner found: a check without its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    pub(crate) detail: String,
    pub(crate) usage: Option<Usage>,
}

impl Verdict {
    pub(crate) fn pass(detail: impl Into<String>) -> Self {
        Self { status: Status::Pass, detail: detail.into(), usage: None }
    }

    pub(crate) fn fail(detail: impl Into<String>) -> Self {
        Self { status: Status::Fail, detail: detail.into(), usage: None }
    }

    pub(crate) fn warn(detail: impl Into<String>) -> Self {
        Self { status: Status::Warn, detail: detail.into(), usage: None }
    }

    pub(crate) fn skip(detail: impl Into<String>) -> Self {
        Self { status: Status::Skip, detail: detail.into(), usage: None }
    }

    /// Whether the claim does not hold.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.status, Status::Fail)
    }

    /// Fails for a reason that weighs more; the bill stays.
    pub(crate) fn overruled(self, why: String) -> Self {
        Self { status: Status::Fail, detail: why, ..self }
    }

    /// Adds the bill.
    pub(crate) fn billed(self, usage: Usage) -> Self {
        Self { usage: Some(usage), ..self }
    }
}
