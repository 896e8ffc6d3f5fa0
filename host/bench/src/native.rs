//! The other side of the comparison: the same script in a Lua that runs
//! natively, in this process, with no limits and no sandbox.

use anyhow::{Result, anyhow};
use mlua::{Lua, LuaSerdeExt as _, Value};

/// Makes a new interpreter, loads the script, calls the tool, and writes its
/// answer as JSON: what a host without a sandbox does for each call.
pub(crate) fn call(script: &str, arguments: &serde_json::Value) -> Result<String> {
    let lua = Lua::new();
    let run = || -> mlua::Result<String> {
        lua.load(script).set_name("@greet.lua").exec()?;
        let tool: mlua::Table = lua.globals().get("tool")?;
        let execute: mlua::Function = tool.get("execute")?;
        let answer: Value = execute.call(lua.to_value(arguments)?)?;
        let answer: serde_json::Value = lua.from_value(answer)?;
        Ok(answer.to_string())
    };
    run().map_err(|error| anyhow!("{error}"))
}
