//! Takes memory until there is none, and touches all of it.

use std::hint::black_box;

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct MemoryBomb;

impl Tool for MemoryBomb {
    const NAME: &'static str = "memory_bomb";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Takes all memory")
    }

    fn call(_: Value) -> Result<Reply> {
        let mut hoard = Vec::new();
        loop {
            hoard.push(vec![1_u8; 1024 * 1024]);
            black_box(&mut hoard);
        }
    }
}
