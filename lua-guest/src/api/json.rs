//! `json`: text and values. The work is in `convert`.

use mlua::{Lua, Table, Value};

use crate::convert::{self, json_decode, json_encode, json_parse};
use crate::lend::Module;

#[expect(unsafe_code, reason = "C functions, because scripts call them in loops")]
pub(super) fn install(lua: &Lua, host: &Table, module: &Module<'_>) -> mlua::Result<()> {
    let mark = convert::create_mark(lua)?;
    let (decode, encode) =
        unsafe { (lua.create_c_function(json_decode)?, lua.create_c_function(json_encode)?) };
    let json = &module.table;
    json.raw_set("decode", &decode)?;
    json.raw_set("parse", unsafe { lua.create_c_function(json_parse)? })?;
    json.raw_set("encode", &encode)?;
    json.raw_set("null", Value::NULL)?;
    module.lend("array", move |lua, arguments| {
        let list = match arguments.optional_table(1)? {
            Some(list) => list,
            None => lua.create_table()?,
        };
        list.set_metatable(Some(mark.clone()))?;
        Ok(list)
    })?;
    host.raw_set("decode", decode)?;
    host.raw_set("encode", encode)?;
    host.raw_set("array", json.raw_get::<Value>("array")?)
}
