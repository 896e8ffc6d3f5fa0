//! Misbehaves when it is asked what it is: as the file `misbehave` of its own
//! folder says, and without one not at all.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use ctx_sdk::{Reply, Result, Schema, Tool, ToolInfo, files};
use serde_json::Value;

/// What an extension's own folder goes by.
const OWN: &str = ".";

pub(crate) struct Describing;

impl Tool for Describing {
    const NAME: &'static str = "describing";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        let says = if files::folders().iter().any(|folder| folder == OWN) {
            files::read(OWN, "misbehave", 100).unwrap_or_default()
        } else {
            Vec::new()
        };
        misbehave(String::from_utf8_lossy(&says).trim())
    }

    fn call(_: Value) -> Result<Reply> {
        Ok(Reply::text("ok"))
    }
}

#[expect(clippy::panic, reason = "this is the probe")]
fn misbehave(how: &str) -> ToolInfo {
    match how {
        "trap" => panic!("the probe panics"),
        "loop" => loop {
            black_box(());
        },
        "sleep" => thread::sleep(Duration::from_hours(1)),
        "differ" => {
            let random = RandomState::new().build_hasher().finish();
            return ToolInfo::new(format!("Says something else each time: {random}"));
        }
        "flood" => {
            let huge = Schema::string().describe(&"x".repeat(3 << 20));
            return ToolInfo::new("Says too much").input(Schema::object().optional("x", huge));
        }
        _ => {}
    }
    ToolInfo::new("Misbehaves when it is asked what it is")
}
