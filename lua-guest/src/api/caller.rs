//! `caller`: who asks, and how far the call is.

use mlua::{Lua, Table};

use crate::bindings::ctx::extension::caller;
use crate::lend::Module;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("whoami", |lua, _| {
        let identity = caller::whoami();
        let table = lua.create_table()?;
        table.raw_set("id", identity.id)?;
        table.raw_set("scopes", identity.scopes)?;
        table.raw_set("locale", identity.locale)?;
        table.raw_set("trace", identity.trace)?;
        Ok(table)
    })?;
    module.lend("progress", |lua, arguments| {
        let total = match arguments.value(2) {
            mlua::Value::Nil => None,
            _ => Some(arguments.number(lua, 2)?),
        };
        let message = arguments.optional_text(lua, 3)?;
        caller::progress(arguments.number(lua, 1)?, total, message.as_deref());
        Ok(())
    })?;
    module.lend("cancelled", |_, _| Ok(caller::cancelled()))
}
