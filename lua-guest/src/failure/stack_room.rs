//! Whether an error was raised for want of stack.
//!
//! Lua has two limits: the slots of its stack, and the depth of calls between
//! Lua and C. Both are probed where the error was raised, by asking for room.

#![expect(unsafe_code, reason = "the probes run on Lua's own stack")]

use std::ffi::c_int;

use mlua::ffi;

/// Slots to ask for. Lua keeps 200 in reserve for handlers of an overflow, so
/// asking for more than that fails if and only if the reserve is in use.
const SLOTS: c_int = 400;

/// Nested calls to try. Lua keeps a tenth of its 200 in reserve.
const CALLS: ffi::lua_Integer = 30;

/// Whether either limit is reached.
///
/// # Safety
/// `state` is a state that is running a C function.
pub(super) unsafe fn is_spent(state: *mut ffi::lua_State) -> bool {
    unsafe {
        if ffi::lua_checkstack(state, SLOTS) == 0 {
            return true;
        }
        ffi::lua_pushcfunction(state, nest);
        ffi::lua_pushinteger(state, CALLS);
        if ffi::lua_pcall(state, 1, 0, 0) == ffi::LUA_OK {
            return false;
        }
        ffi::lua_pop(state, 1);
        true
    }
}

unsafe extern "C-unwind" fn nest(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        let depth = ffi::lua_tointeger(state, 1);
        if depth > 0 {
            ffi::lua_pushcfunction(state, nest);
            ffi::lua_pushinteger(state, depth - 1);
            ffi::lua_call(state, 1, 0);
        }
        0
    }
}
