//! Gives a page that is larger than a page may be.

use ctx_sdk::{Document, Page, Result, Scan};

pub(crate) struct PageBomb;

impl Scan for PageBomb {
    fn next(&mut self, _: usize) -> Result<Option<Page>> {
        let title = "x".repeat(100 << 10);
        let change = |at: usize| {
            let document = Document::text(at.to_string(), "words");
            Document { title: Some(title.clone()), ..document }.into()
        };
        Ok(Some(Page::new((0..20).map(change).collect())))
    }
}
