//! `env`: the variables that the operator granted.

use mlua::{Lua, Table};

use crate::bindings::ErrorKind;
use crate::bindings::ctx::extension::env;
use crate::failure::Fault;
use crate::interpreter;
use crate::lend::Module;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("get", |lua, arguments| {
        let name = arguments.text(lua, 1)?;
        // A script that reads a variable at its top level is no worse for it.
        if interpreter::is_describing() {
            return Ok(Some(String::new()));
        }
        env::get(&name).map_err(|env::Error::Denied| {
            Fault::of(ErrorKind::Denied, format!("`{name}` is not granted"))
        })
    })
}
