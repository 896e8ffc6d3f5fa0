//! Never ends, and never asks the host for anything.

use std::hint::black_box;

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct InfiniteLoop;

impl Tool for InfiniteLoop {
    const NAME: &'static str = "infinite_loop";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Loops for ever")
    }

    fn call(_: Value) -> Result<Reply> {
        let mut turns = 0_u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }
}
