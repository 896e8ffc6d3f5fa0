//! Reaches for a host that is requested and not granted, and hides that it was
//! refused.

use ctx_sdk::{Reply, Result, Tool, ToolInfo, http};
use serde_json::Value;

pub(crate) struct UngrantedHttp;

impl Tool for UngrantedHttp {
    const NAME: &'static str = "ungranted_http";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Asks an ungranted host")
    }

    fn call(_: Value) -> Result<Reply> {
        // Whatever came of it, the guest calls it a success.
        drop(http::get("https://ungranted.example/").send());
        Ok(Reply::text("ok"))
    }
}
