//! Fills a megabyte again and again: one instruction each time, and much work.

use std::hint::black_box;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(BulkFill, "bulk_fill", "Fills memory for ever");

fn run(_: Value) -> Result<Reply> {
    let mut block = vec![0_u8; 1 << 20];
    let mut byte = 0_u8;
    loop {
        byte = byte.wrapping_add(1);
        block.fill(byte);
        black_box(&mut block);
    }
}
