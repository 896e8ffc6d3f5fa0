//! `log`: structured lines. `print` is one of them.

use mlua::{Lua, Table, Value};

use crate::bindings::ctx::extension::log::{self, Level};
use crate::lend::{Arguments, Lent, Module};

pub(super) fn install(_: &Lua, host: &Table, module: &Module<'_>) -> mlua::Result<()> {
    let levels = [
        ("trace", Level::Trace),
        ("debug", Level::Debug),
        ("info", Level::Info),
        ("warn", Level::Warn),
        ("error", Level::Error),
    ];
    for (name, level) in levels {
        module.lend(name, move |lua, arguments| write(lua, arguments, level))?;
    }
    host.raw_set("log_info", module.table.raw_get::<Value>("info")?)
}

fn write(lua: &Lua, arguments: &Arguments, level: Level) -> Lent<()> {
    let message = shown(lua, arguments.value(1));
    let mut fields = Vec::new();
    if let Some(table) = arguments.optional_table(2)? {
        table.for_each(|key: Value, value: Value| {
            fields.push((shown(lua, &key), shown(lua, &value)));
            Ok(())
        })?;
        fields.sort();
    }
    log::write(level, &message, &fields);
    Ok(())
}

/// Returns the text that `print` would show.
fn shown(lua: &Lua, value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string_lossy(),
        Value::Table(table) if table.metatable().is_none() => {
            crate::convert::encode(lua, value).unwrap_or_else(|_| "table".to_owned())
        }
        other => other.to_string().unwrap_or_else(|_| other.type_name().to_owned()),
    }
}
