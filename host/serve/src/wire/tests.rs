#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod answers;
mod json;
mod lists;
mod schemas;

use serde::Serialize;

/// The only place that serializes.
#[track_caller]
fn check(sent: &impl Serialize, expected: &str) {
    assert_eq!(serde_json::to_string(sent).unwrap(), expected);
    // The command line takes answers apart before it prints them.
    let apart = serde_json::to_value(sent).unwrap();
    assert_eq!(apart, serde_json::from_str::<serde_json::Value>(expected).unwrap());
}
