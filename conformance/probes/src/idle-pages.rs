//! Gives pages for ever, and never a change or a checkpoint in them. It has no
//! twin, because the guest of scripts gives no empty page.

use ctx_sdk::{Page, Result, Scan};

pub(crate) struct IdlePages;

impl Scan for IdlePages {
    fn next(&mut self, _: usize) -> Result<Option<Page>> {
        Ok(Some(Page::new(Vec::new())))
    }
}
