//! Grows its memory page by page until it is refused, goes on all the same,
//! and answers with what it got. It has no twin: scripts see no pages.

use core::arch::wasm32::{memory_grow, memory_size};

use ctx_sdk::{Reply, Result};
use serde_json::{Value, json};

crate::probe!(SmallSteps, "small_steps", "Grows by a page until it may not");

fn run(_: Value) -> Result<Reply> {
    while memory_grow::<0>(1) != usize::MAX {}
    for _ in 0..1000 {
        memory_grow::<0>(1);
    }
    Reply::structured(&json!({ "pages": memory_size::<0>() }))
}
