//! Tries to leave a folder in every way that words allow, and answers with
//! what it got out. A good host gives it nothing.

use ctx_sdk::{Reply, Result, Tool, ToolInfo, files};
use serde_json::Value;

/// The folder that the manifest requests.
const FOLDER: &str = "fixtures";

const WAYS_OUT: [&str; 11] = [
    "../secret",
    "/etc/passwd",
    "a/../../x",
    "..",
    "../",
    "./../secret",
    "//etc/passwd",
    "..\\secret",
    "/",
    "link",
    "absolute-link",
];

pub(crate) struct PathEscape;

impl Tool for PathEscape {
    const NAME: &'static str = "path_escape";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Tries to read outside of its folder")
    }

    fn call(_: Value) -> Result<Reply> {
        let got_out: Vec<&str> = WAYS_OUT
            .into_iter()
            .filter(|path| {
                files::read(FOLDER, path, 1024).is_ok() || files::list(FOLDER, path).is_ok()
            })
            .collect();
        Ok(Reply::text(if got_out.is_empty() { "ok".to_owned() } else { got_out.join(", ") }))
    }
}
