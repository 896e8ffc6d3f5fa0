//! What of a source one run wants. What is left out is found by a later sync,
//! so it also knows whether anything was: a checkpoint must not move past it.

use ctx_model::{Document, Timestamp};

use super::SyncOptions;
use crate::authority::now;

/// The filters of a run, and what came of them so far.
#[derive(Debug)]
pub(super) struct Filter {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    /// Documents that may still be stored.
    room: Option<u64>,
    /// Whether there was a document that there was no room for.
    full: bool,
    left_out: bool,
    /// A document that says no time counts as modified now.
    now: Timestamp,
}

impl Filter {
    pub(super) fn of(options: &SyncOptions) -> Self {
        Self {
            since: options.since,
            until: options.until,
            room: options.limit,
            full: false,
            left_out: false,
            now: now(),
        }
    }

    /// Whether the run wants a document, as far as the source describes it.
    pub(super) fn takes(&mut self, document: &Document) -> bool {
        let modified = document.modified.unwrap_or(self.now);
        let in_time = self.since.is_none_or(|since| modified >= since)
            && self.until.is_none_or(|until| modified < until);
        self.full |= in_time && self.room == Some(0);
        let takes = in_time && !self.full;
        self.left_out |= !takes;
        takes
    }

    /// Notes that a document is stored. Those that are stored already need no
    /// room, so that one limited run after the other gets to the end.
    pub(super) fn stored(&mut self) {
        self.room = self.room.map(|room| room.saturating_sub(1));
    }

    /// Whether a document found no room, which ends the run.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether anything was left out so far.
    pub(super) fn has_left_out(&self) -> bool {
        self.left_out
    }
}

#[cfg(test)]
mod tests;
