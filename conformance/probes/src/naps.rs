//! Sleeps for a nanosecond, again and again: each nap is a turn of the host's.

use std::thread;
use std::time::Duration;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(Naps, "naps", "Naps for ever");

fn run(_: Value) -> Result<Reply> {
    loop {
        thread::sleep(Duration::from_nanos(1));
    }
}
