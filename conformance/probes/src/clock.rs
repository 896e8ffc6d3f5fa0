//! A good citizen that asks for the time and for chance: under a frozen clock
//! and a seeded source it answers the same each time.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use ctx_sdk::{Reply, Result, Tool, ToolInfo};
use serde_json::{Value, json};

pub(crate) struct Clock;

impl Tool for Clock {
    const NAME: &'static str = "clock";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Tells the time and a random number")
    }

    fn call(_: Value) -> Result<Reply> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let random = RandomState::new().hash_one(0) >> 11;
        Reply::structured(&json!({ "now": now.as_secs(), "random": random }))
    }
}
