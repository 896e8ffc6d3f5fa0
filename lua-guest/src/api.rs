//! What is lent to scripts, one file for each global.
//!
//! Rust functions first, then the prelude over them. All of it is made once,
//! while booting.

mod base64;
mod caller;
mod changed;
mod context;
mod crypto;
mod env;
mod fs;
mod http;
mod json;
mod kv;
mod log;
mod require;
mod script;
mod secrets;
mod time;
mod tokens;

use mlua::{Function, Lua, Table, Value};

use crate::failure::{on_error, positioned};
use crate::lend::Module;
use crate::roles;

/// Lends everything; returns the table that the prelude shares with Rust.
pub(crate) fn install(lua: &Lua) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    handlers(lua, &host)?;
    prelude(lua, &host, include_str!("../prelude/lend.lua"))?;
    let globals = lua.globals();
    for (name, install) in MODULES {
        let module = Module::new(lua, name)?;
        install(lua, &host, &module)?;
        if module.table.is_empty() {
            // Lent to the prelude only.
        } else if *name == GLOBALS {
            module.table.for_each(|name: Value, lent: Value| globals.raw_set(name, lent))?;
        } else {
            globals.raw_set(*name, module.table)?;
        }
    }
    roles::install(lua, &host)?;
    for text in PRELUDE {
        prelude(lua, &host, text)?;
    }
    host.raw_get::<Function>("fill_loaded")?.call::<()>(())?;
    Ok(host)
}

type Install = fn(&Lua, &Table, &Module<'_>) -> mlua::Result<()>;

/// The module whose functions are globals themselves.
const GLOBALS: &str = "";

const MODULES: &[(&str, Install)] = &[
    (GLOBALS, time::install),
    ("base64", base64::install),
    ("caller", caller::install),
    ("changed", changed::install),
    ("context", context::install),
    ("crypto", crypto::install),
    ("env", env::install),
    ("fs", fs::install),
    ("http", http::install),
    ("json", json::install),
    ("kv", kv::install),
    ("log", log::install),
    ("package", require::install),
    ("script", script::install),
    ("secrets", secrets::install),
    ("tokens", tokens::install),
];

/// In this order: each file may use what the ones before it put into `host`.
const PRELUDE: &[&str] = &[
    include_str!("../prelude/sandbox.lua"),
    include_str!("../prelude/require.lua"),
    include_str!("../prelude/schema.lua"),
    include_str!("../prelude/ctx.lua"),
    include_str!("../prelude/context.lua"),
    include_str!("../prelude/hooks.lua"),
    include_str!("../prelude/roles.lua"),
    include_str!("../prelude/resource.lua"),
    include_str!("../prelude/connector.lua"),
    include_str!("../prelude/transform.lua"),
    include_str!("../prelude/transforms.lua"),
];

#[expect(unsafe_code, reason = "C functions that run where an error is raised")]
fn handlers(lua: &Lua, host: &Table) -> mlua::Result<()> {
    unsafe {
        host.raw_set("on_error", lua.create_c_function(on_error)?)?;
        host.raw_set("positioned", lua.create_c_function(positioned)?)
    }
}

fn prelude(lua: &Lua, host: &Table, text: &str) -> mlua::Result<()> {
    lua.load(text).set_name("=[ctx]").call::<()>(host)
}
