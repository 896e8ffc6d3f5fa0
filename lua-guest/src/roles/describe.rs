//! Which roles the script plays.

use mlua::FromLuaMulti as _;

use crate::bindings::Error;
use crate::bindings::exports::ctx::extension::roles;
use crate::{LuaGuest, failure, interpreter};

impl roles::Guest for LuaGuest {
    fn describe() -> Result<Vec<String>, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let found = interpreter.run("roles", ())?;
        Vec::from_lua_multi(found, &interpreter.lua).map_err(|cause| failure::from_mlua(&cause))
    }
}
