//! What the conformance suite found of what is installed. Whoever runs the
//! suite notes it; nothing is run to find it out, and what nobody checked is
//! said to be so.

use ctx_store::{ConformanceRow, StateStore};

use crate::authority::now;
use crate::catalog::Installed;
use crate::error::HostError;
use crate::host::Host;
use crate::places::Places;

/// What is known of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conformance {
    /// Nobody has checked it here.
    NotRun,
    /// These very bytes were checked, by the suite of this program.
    Known(ConformanceRow),
    /// These bytes were checked, by another suite.
    OtherSuite(ConformanceRow),
    /// Other bytes of this name were checked.
    OtherBytes(ConformanceRow),
}

impl Conformance {
    /// Returns what was found, of whatever version.
    pub fn row(&self) -> Option<&ConformanceRow> {
        match self {
            Self::NotRun => None,
            Self::Known(row) | Self::OtherSuite(row) | Self::OtherBytes(row) => Some(row),
        }
    }
}

/// Notes what the suite found, as of now, in the user's state.
pub fn note_conformance(places: &Places, rows: Vec<ConformanceRow>) -> Result<(), HostError> {
    if rows.is_empty() {
        return Ok(());
    }
    let state = StateStore::open(&places.state)?;
    for row in rows {
        state.note_conformance(&ConformanceRow { at: now(), ..row })?;
    }
    Ok(())
}

impl Host {
    /// Returns what the suite found of an extension, as far as it was ever
    /// asked.
    pub fn conformance(&self, extension: &Installed) -> Result<Conformance, HostError> {
        let authority = self.authority();
        let state = authority.state();
        let mut rows = state.conformance_of(extension.digest)?;
        let own = |row: &ConformanceRow| self.suite.as_ref().is_none_or(|own| row.suite == *own);
        if let Some(at) = rows.iter().position(own) {
            return Ok(Conformance::Known(rows.swap_remove(at)));
        }
        if !rows.is_empty() {
            return Ok(Conformance::OtherSuite(rows.swap_remove(0)));
        }
        let last = state.last_conformance(extension.name.as_str())?;
        Ok(last.map_or(Conformance::NotRun, Conformance::OtherBytes))
    }
}
