//! The interpreter as a script meets it: what of Lua's library is there.
//!
//! Nothing here is the fence, the sandbox around this component is. It keeps a
//! script from what would only confuse it: a shell, a console, bytecode.

use mlua::{Lua, LuaOptions, StdLib};

/// Returns a state with the libraries that a script may have. `prelude/
/// sandbox.lua` prunes them.
pub(crate) fn create() -> mlua::Result<Lua> {
    let libraries = StdLib::COROUTINE
        | StdLib::TABLE
        | StdLib::OS
        | StdLib::STRING
        | StdLib::UTF8
        | StdLib::MATH;
    // The default keeps Lua's own `pcall`: a panic ends the instance anyway.
    Lua::new_with(libraries, LuaOptions::new())
}
