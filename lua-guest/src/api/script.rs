//! What the prelude asks about the script and its functions. No global.

use mlua::{Function, Lua, Table};

use crate::bindings::ctx::extension::settings;
use crate::lend::Module;
use crate::{failure, interpreter};

pub(super) fn install(lua: &Lua, host: &Table, _: &Module<'_>) -> mlua::Result<()> {
    host.raw_set("script", lua.create_function(|_, ()| Ok(interpreter::script_name()))?)?;
    host.raw_set("stem", lua.create_function(|_, ()| Ok(interpreter::script_stem()))?)?;
    host.raw_set("settings", lua.create_function(|_, ()| Ok(settings::get()))?)?;
    host.raw_set(
        "is_kind",
        lua.create_function(|_, name: String| Ok(failure::kind_of(&name).is_some()))?,
    )?;
    host.raw_set(
        "parameters",
        lua.create_function(|_, function: Function| Ok(function.info().num_params))?,
    )
}
