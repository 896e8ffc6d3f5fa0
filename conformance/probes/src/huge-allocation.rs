//! Asks for nearly all that its addresses could name, at once.

use std::hint::black_box;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(HugeAllocation, "huge_allocation", "Takes 2 GB at once");

fn run(_: Value) -> Result<Reply> {
    let mut block: Vec<u8> = Vec::with_capacity(0x7fff_0000);
    block.push(1);
    black_box(&mut block);
    Ok(Reply::text("ok"))
}
