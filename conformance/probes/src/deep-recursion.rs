//! Calls deeper than any stack. Two functions take turns, and each needs its
//! frame after the other returns, so that no compiler makes a loop of them.

use std::hint::black_box;

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct DeepRecursion;

impl Tool for DeepRecursion {
    const NAME: &'static str = "deep_recursion";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Calls itself without end")
    }

    fn call(_: Value) -> Result<Reply> {
        Ok(Reply::text(ping(0).to_string()))
    }
}

#[inline(never)]
fn ping(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    let next: fn(u64) -> u64 = black_box(pong);
    next(depth + 1).wrapping_add(black_box(frame)[3])
}

#[inline(never)]
fn pong(depth: u64) -> u64 {
    let frame = black_box([depth; 4]);
    let next: fn(u64) -> u64 = black_box(ping);
    next(depth + 1).wrapping_mul(black_box(frame)[1])
}
