//! Gives ever new documents, page after page, each with a checkpoint.

use ctx_sdk::{Document, Page, Result, Scan};

#[derive(Default)]
pub(crate) struct EndlessDocuments {
    given: u64,
}

impl Scan for EndlessDocuments {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        let mut changes = Vec::with_capacity(limit);
        for _ in 0..limit {
            self.given += 1;
            changes.push(Document::text(self.given.to_string(), "one more").into());
        }
        Ok(Some(Page::new(changes).checkpoint(self.given.to_string())))
    }
}
