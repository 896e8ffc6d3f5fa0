//! Gives empty pages for ever, and two checkpoints in turn. It has no twin,
//! because the guest of scripts gives no empty page.

use ctx_sdk::{Page, Result, Scan};

#[derive(Default)]
pub(crate) struct ToAndFro {
    turns: u64,
}

impl Scan for ToAndFro {
    fn next(&mut self, _: usize) -> Result<Option<Page>> {
        self.turns += 1;
        let place = if self.turns.is_multiple_of(2) { "to" } else { "fro" };
        Ok(Some(Page::new(Vec::new()).checkpoint(place)))
    }
}
