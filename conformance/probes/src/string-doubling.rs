//! Doubles a text until there is no memory for it.

use std::hint::black_box;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(StringDoubling, "string_doubling", "Doubles a text for ever");

fn run(_: Value) -> Result<Reply> {
    let mut text = "x".to_owned();
    loop {
        text = text.repeat(2);
        black_box(&mut text);
    }
}
