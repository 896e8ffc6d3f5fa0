//! `changed`: a list that the script gave is out of date.

use mlua::{Lua, Table};

use crate::bindings::ctx::extension::changed;
use crate::lend::Module;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("tools", |_, _| {
        changed::tools();
        Ok(())
    })?;
    module.lend("agents", |_, _| {
        changed::agents();
        Ok(())
    })?;
    module.lend("resources", |_, _| {
        changed::resources();
        Ok(())
    })?;
    module.lend("resource", |lua, arguments| {
        changed::resource_at(&arguments.text(lua, 1)?);
        Ok(())
    })
}
