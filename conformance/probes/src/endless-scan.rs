//! Walks for ever and never comes to a first page.

use std::hint::black_box;

use ctx_sdk::{Page, Result, Scan};

pub(crate) struct EndlessScan;

impl Scan for EndlessScan {
    fn next(&mut self, _: usize) -> Result<Option<Page>> {
        let mut steps = 0_u64;
        loop {
            steps = black_box(steps.wrapping_add(1));
        }
    }
}
