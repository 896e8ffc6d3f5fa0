//! What an answer was made from, so that it need not be made again.

use std::sync::{Arc, PoisonError};

use super::Host;
use super::stamp::Stamp;
use crate::catalog::Catalog;

/// What an answer about the catalog and the grants was made from. Two that are
/// equal answer the same.
#[derive(Clone)]
pub struct Revision {
    catalog: Arc<Catalog>,
    stamp: Stamp,
    /// Counts what this process changed.
    changed: u64,
    /// Counts what was disabled, enabled or paused.
    halted: u64,
}

impl PartialEq for Revision {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.catalog, &other.catalog)
            && self.stamp == other.stamp
            && self.changed == other.changed
            && self.halted == other.halted
    }
}

impl Host {
    /// Returns what an answer about `catalog` and the grants is made from now.
    pub fn revision(&self, catalog: &Arc<Catalog>) -> Revision {
        let changed = self.loans.lock().unwrap_or_else(PoisonError::into_inner).forgotten;
        let halted = self.halts.changes();
        Revision { catalog: catalog.clone(), stamp: self.stamp(), changed, halted }
    }
}
