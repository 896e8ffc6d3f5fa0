//! The other side of the comparison: the same script in a Lua that runs
//! natively, in this process, with no limits and no sandbox.

use anyhow::{Result, anyhow};
use mlua::{Lua, LuaSerdeExt as _, Value};

/// Makes a new interpreter, loads the script, calls the tool, and writes its
/// answer as JSON: what a host without a sandbox does for each call.
pub(crate) fn call(script: &str, arguments: &serde_json::Value) -> Result<String> {
    let lua = Lua::new();
    let run = || -> mlua::Result<String> {
        if script.contains("bench_encode") {
            offer_json(&lua)?;
        }
        lua.load(script).set_name("@greet.lua").exec()?;
        let tool: mlua::Table = lua.globals().get("tool")?;
        let execute: mlua::Function = tool.get("execute")?;
        let answer: Value = execute.call(lua.to_value(arguments)?)?;
        let answer: serde_json::Value = lua.from_value(answer)?;
        Ok(answer.to_string())
    };
    run().map_err(|error| anyhow!("{error}"))
}

/// Gives scripts JSON as such a host would: through `serde`.
fn offer_json(lua: &Lua) -> mlua::Result<()> {
    let encode = lua.create_function(|lua, value: Value| {
        let value: serde_json::Value = lua.from_value(value)?;
        Ok(value.to_string())
    })?;
    let decode = lua.create_function(|lua, text: mlua::LuaString| {
        let value: serde_json::Value =
            serde_json::from_slice(&text.as_bytes()).map_err(mlua::Error::external)?;
        lua.to_value(&value)
    })?;
    lua.globals().set("bench_encode", encode)?;
    lua.globals().set("bench_decode", decode)
}
