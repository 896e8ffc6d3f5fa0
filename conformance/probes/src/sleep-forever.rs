//! Sleeps longer than any clock counts.

use std::thread;
use std::time::Duration;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(SleepForever, "sleep_forever", "Sleeps for a century, again and again");

fn run(_: Value) -> Result<Reply> {
    loop {
        thread::sleep(Duration::from_nanos(u64::MAX));
    }
}
