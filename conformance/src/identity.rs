//! Which suite this is, and what it has checked: enough to know later whether
//! a result still says anything.

use std::sync::LazyLock;

use ctx_core::{ConformanceRow, Installed};
use ctx_model::Digest;
use sha2::{Digest as _, Sha256};

use crate::case::TABLE;
use crate::check::Status;
use crate::report::Report;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for (name, text) in TABLE {
        for part in [name, text] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digest = hasher.finalize();
    let short: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}+{short}", env!("CARGO_PKG_VERSION"))
});

/// Returns the version of this suite: the program's, and a digest of all cases.
pub fn version() -> &'static str {
    &VERSION
}

/// One extension that was put on trial, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    pub extension: String,
    /// What exactly was tried.
    pub digest: Digest,
    pub passed: u32,
    pub failed: u32,
    pub warned: u32,
    pub skipped: u32,
    /// The checks that failed, by their ids.
    pub failures: Vec<String>,
}

impl Tested {
    /// Sums up a report that is about one extension.
    pub(crate) fn new(extension: &Installed, report: &Report) -> Self {
        let count = |status| u32::try_from(report.count(status)).unwrap_or(u32::MAX);
        let failed = report.checks.iter().filter(|check| check.status == Status::Fail);
        Self {
            extension: extension.name.to_string(),
            digest: extension.digest,
            passed: count(Status::Pass),
            failed: count(Status::Fail),
            warned: count(Status::Warn),
            skipped: count(Status::Skip),
            failures: failed.map(|check| check.id.clone()).collect(),
        }
    }
}

impl From<&Tested> for ConformanceRow {
    fn from(tested: &Tested) -> Self {
        let Tested { extension, digest, passed, failed, warned, skipped, failures } =
            tested.clone();
        let suite = version().to_owned();
        // Whoever keeps it says when.
        Self { extension, digest, suite, passed, failed, warned, skipped, failures, at: 0 }
    }
}
