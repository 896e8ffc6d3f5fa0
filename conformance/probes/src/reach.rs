//! Reads and lists each of some paths of a folder, and answers with those that
//! gave something.

use ctx_sdk::{Reply, Result, files};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::got_out;

#[derive(Deserialize)]
struct Arguments {
    folder: String,
    paths: Vec<String>,
    /// How often to try.
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

crate::probe!(Reach, "reach", "Reaches for paths");

fn run(arguments: Value) -> Result<Reply> {
    let Arguments { folder, paths, times } = serde_json::from_value(arguments)?;
    let mut reached = Vec::new();
    for path in (0..times).flat_map(|_| &paths) {
        let read = files::read(&folder, path, u64::MAX);
        let is_listed = read.is_err() && files::list(&folder, path).is_ok();
        if let Ok(bytes) = &read {
            got_out::told(path, bytes);
        }
        if (read.is_ok() || is_listed) && !reached.contains(path) {
            reached.push(path.clone());
        }
    }
    Reply::structured(&json!({ "reached": reached }))
}
