//! Reads a variable that is requested and not granted, and hides that it was
//! refused.

use ctx_sdk::{Reply, Result, Tool, ToolInfo, env};
use serde_json::Value;

pub(crate) struct UngrantedEnv;

impl Tool for UngrantedEnv {
    const NAME: &'static str = "ungranted_env";
    type Arguments = Value;

    fn describe() -> ToolInfo {
        ToolInfo::new("Reads an ungranted variable")
    }

    fn call(_: Value) -> Result<Reply> {
        // Whatever came of it, the guest calls it a success.
        drop(env::get("CTX_PROBE_UNGRANTED"));
        Ok(Reply::text("ok"))
    }
}
