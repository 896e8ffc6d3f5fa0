//! `secrets`: what the operator granted, revealed.

use mlua::{Lua, Table};

use crate::bindings::ErrorKind;
use crate::bindings::ctx::extension::secrets;
use crate::failure::Fault;
use crate::interpreter;
use crate::lend::Module;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("get", |lua, arguments| {
        let name = arguments.text(lua, 1)?;
        if interpreter::is_describing() {
            return Ok(Some(String::new()));
        }
        match secrets::get(&name) {
            Ok(secret) => Ok(Some(secret.reveal())),
            Err(secrets::Error::NotSet) => Ok(None),
            Err(secrets::Error::Denied) => {
                Err(Fault::of(ErrorKind::Denied, format!("`{name}` is not granted")))
            }
            Err(secrets::Error::Other(why)) => {
                Err(Fault::of(ErrorKind::Unavailable, format!("`{name}`: {why}")))
            }
        }
    })
}
