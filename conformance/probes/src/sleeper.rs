//! Sleeps past every deadline. It burns no fuel, so only the clock stops it.

use std::thread;
use std::time::Duration;

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::Value;

pub(crate) struct Sleeper;

impl Tool for Sleeper {
    const NAME: &'static str = "sleeper";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Sleeps for an hour")
    }

    fn call(_: Value) -> Result<Reply> {
        thread::sleep(Duration::from_hours(1));
        Ok(Reply::text("ok"))
    }
}
