//! The C function around each lent one.
//!
//! It is C, and not Lua, so that the script's own function stays on the stack
//! in `return http.get(url)`: a tail call to Lua would lose the place.

#![expect(unsafe_code, reason = "a C function on Lua's own stack")]

use std::ffi::c_int;

use mlua::{Function, Lua, ffi};

use crate::failure::position;

/// Returns a function that raises the text of `false, text`.
pub(super) fn wrap(lua: &Lua, answering: Function) -> mlua::Result<Function> {
    unsafe { lua.exec_raw(answering, |state| ffi::lua_pushcclosure(state, call, 1)) }
}

unsafe extern "C-unwind" fn call(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        let count = ffi::lua_gettop(state);
        ffi::lua_pushvalue(state, ffi::lua_upvalueindex(1));
        ffi::lua_insert(state, 1);
        ffi::lua_call(state, count, ffi::LUA_MULTRET);
        if ffi::lua_toboolean(state, 1) != 0 {
            return ffi::lua_gettop(state) - 1;
        }
        ffi::lua_settop(state, 2);
        position(state);
        ffi::lua_error(state)
    }
}
