//! Gives the same document again and again, and a checkpoint that never moves.

use ctx_sdk::{Document, Page, Result, Scan};

pub(crate) struct StuckCheckpoint;

impl Scan for StuckCheckpoint {
    fn next(&mut self, _: usize) -> Result<Option<Page>> {
        let same = Document::text("same", "the same words");
        Ok(Some(Page::new(vec![same.into()]).checkpoint("here")))
    }
}
