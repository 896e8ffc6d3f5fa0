//! When the grants were last written, by whichever process.

use std::fs;
use std::time::SystemTime;

use super::Host;

/// The database of the grants and its log: when they were written, and how
/// long they are.
pub(super) type Stamp = [Option<(SystemTime, u64)>; 2];

impl Host {
    pub(super) fn stamp(&self) -> Stamp {
        ["state.sqlite", "state.sqlite-wal"].map(|name| {
            let metadata = fs::metadata(self.places.state.join(name)).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}
