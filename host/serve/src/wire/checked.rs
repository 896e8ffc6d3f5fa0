//! What the conformance suite found of an extension. Nothing is run to say it:
//! what nobody checked was not run, and what has changed since is out of date.

use ctx_core::ConformanceRow;
use ctx_model::Form;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// What the conformance suite found, as far as it was ever run here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Conformance {
    pub status: ConformanceStatus,
    /// Why it is not known, or no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub why: Option<&'static str>,
    /// The suite that was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suite: Option<String>,
    /// What was checked: another digest than the extension's if it has changed
    /// since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub passed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failed: Option<u32>,
    /// Checks that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub skipped: Option<u32>,
    /// Checks that hold, and of which there is more to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub warned: Option<u32>,
    /// The checks that failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<Time>,
}

/// Whether an extension holds the contract, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConformanceStatus {
    /// This very version was checked, and nothing failed.
    Passed,
    /// This very version was checked, and something failed.
    Failed,
    /// It, or the suite, has changed since it was checked.
    Stale,
    /// It was never checked here.
    #[default]
    NotRun,
}

impl ConformanceStatus {
    /// Returns the word for it, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::NotRun => "not run",
        }
    }
}

impl Conformance {
    /// Says what is known of an extension.
    pub fn new(extension: &ctx_core::Installed, known: ctx_core::Conformance) -> Self {
        let (status, why, row) = match known {
            ctx_core::Conformance::NotRun if extension.form == Form::Native => {
                let why = "it is part of the program, which is held to its own tests";
                (ConformanceStatus::NotRun, Some(why), None)
            }
            ctx_core::Conformance::NotRun => (ConformanceStatus::NotRun, None, None),
            ctx_core::Conformance::Known(row) if row.failed == 0 => {
                (ConformanceStatus::Passed, None, Some(row))
            }
            ctx_core::Conformance::Known(row) => (ConformanceStatus::Failed, None, Some(row)),
            ctx_core::Conformance::OtherSuite(row) => {
                let why = "another suite checked it than this program's";
                (ConformanceStatus::Stale, Some(why), Some(row))
            }
            ctx_core::Conformance::OtherBytes(row) => {
                let why = "another version of that name was checked";
                (ConformanceStatus::Stale, Some(why), Some(row))
            }
        };
        let Some(row) = row else { return Self { status, why, ..Self::default() } };
        let ConformanceRow { digest, suite, passed, failed, warned, skipped, failures, at, .. } =
            row;
        Self {
            status,
            why,
            suite: Some(suite),
            digest: Some(format!("sha256:{digest}")),
            passed: Some(passed),
            failed: Some(failed),
            skipped: Some(skipped),
            warned: Some(warned),
            failures,
            at: Time::new(at),
        }
    }
}
