//! Sorts for ever with a comparator that says that each is less than the
//! other.

use std::cmp::Ordering;
use std::hint::black_box;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(LyingComparator, "lying_comparator", "Sorts by a comparator that lies");

fn run(_: Value) -> Result<Reply> {
    // So few that the library looks for no lie, and does not panic.
    let mut list: Vec<u32> = (0..16).collect();
    loop {
        list.sort_by(|_, _| black_box(Ordering::Less));
        black_box(&mut list);
    }
}
