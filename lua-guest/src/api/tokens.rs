//! `tokens`: what a text costs, by the host's one tokenizer.

use mlua::{Lua, Table};

use crate::bindings::ctx::extension::tokens;
use crate::lend::Module;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("count", |lua, arguments| Ok(tokens::count(&arguments.text(lua, 1)?)))
}
