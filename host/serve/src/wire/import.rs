//! What was taken over from another program.

use std::collections::BTreeMap;

use ctx_core::ImportReport;
use serde::Serialize;

use super::Skipped;

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct Imported<'a> {
    /// Where it was read from.
    pub path: String,
    pub documents: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Documents that could not be read or stored.
    pub skipped: u64,
    /// Some of them, and why.
    pub skips: Vec<Skipped<'a>>,
    /// How many documents each source brought.
    pub sources: &'a BTreeMap<String, u64>,
}

impl<'a> Imported<'a> {
    /// Puts together what was read and from where.
    pub fn new(path: String, report: &'a ImportReport) -> Self {
        let skips = report
            .skips
            .iter()
            .map(|skip| Skipped { id: skip.id.as_deref(), reason: &skip.reason });
        Self {
            path,
            documents: report.documents,
            added: report.added,
            changed: report.changed,
            unchanged: report.unchanged,
            skipped: report.skipped,
            skips: skips.collect(),
            sources: &report.sources,
        }
    }
}
