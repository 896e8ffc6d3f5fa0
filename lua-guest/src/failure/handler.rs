//! The message handler of every protected call, and the positions of faults.
//!
//! Both are C functions: they run where the error was raised, and the handler
//! must still work where the stack has no room for anything heavier.

#![expect(unsafe_code, reason = "these run on Lua's own stack")]

use std::ffi::{CStr, c_int};
use std::{ptr, slice};

use mlua::ffi;

use crate::bindings::ErrorKind;

use super::{NOTED, Noted, PENDING, stack_room};

/// The chunk name of the files in `prelude/`.
const PRELUDE: &CStr = c"=[ctx]";
const VALUE: &CStr = c"value";
const TRACEBACK: &CStr = c"traceback";
const EXHAUSTED: &CStr = c"exhausted";

/// Wraps what was raised in `{ value, traceback, exhausted }`.
///
/// # Safety
/// To be called by Lua, as a message handler.
pub(crate) unsafe extern "C-unwind" fn on_error(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        ffi::lua_settop(state, 1);
        let exhausted = stack_room::is_spent(state);
        ffi::lua_createtable(state, 0, 2);
        ffi::lua_pushvalue(state, 1);
        ffi::lua_setfield(state, 2, VALUE.as_ptr());
        if exhausted {
            ffi::lua_pushboolean(state, 1);
            ffi::lua_setfield(state, 2, EXHAUSTED.as_ptr());
        } else if ffi::lua_type(state, 1) != ffi::LUA_TTABLE {
            // A table says what went wrong; a text needs the place as well.
            ffi::luaL_traceback(state, state, ptr::null(), 1);
            ffi::lua_setfield(state, 2, TRACEBACK.as_ptr());
        }
        1
    }
}

/// Puts the place in front of a fault's text: `[string "weather.lua"]:12: http.get: …`.
///
/// # Safety
/// To be called by Lua, with the text.
pub(crate) unsafe extern "C-unwind" fn positioned(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        ffi::lua_settop(state, 1);
        position(state);
        1
    }
}

/// Does so with the text on top of the stack, and notes the kind that goes
/// with it.
///
/// # Safety
/// `state` is a state that is running a C function, with a text on top.
pub(crate) unsafe fn position(state: *mut ffi::lua_State) {
    unsafe {
        push_place(state);
        ffi::lua_insert(state, -2);
        ffi::lua_concat(state, 2);
        let mut length = 0;
        let text = ffi::lua_tolstring(state, -1, &raw mut length);
        if !text.is_null() {
            let text = slice::from_raw_parts(text.cast::<u8>(), length).to_vec();
            NOTED.set(Some(Noted { kind: PENDING.replace(ErrorKind::Internal), text }));
        }
    }
}

/// Pushes `[string "weather.lua"]:12: `, the place that called into this crate: the first
/// that is not in the prelude. Nothing if that is not a line of a script.
///
/// # Safety
/// `state` is a state that is running a C function, with room for two values.
pub(crate) unsafe fn push_place(state: *mut ffi::lua_State) {
    unsafe {
        let mut frame: ffi::lua_Debug = std::mem::zeroed();
        let mut level = 1;
        while ffi::lua_getstack(state, level, &raw mut frame) != 0 {
            ffi::lua_getinfo(state, c"S".as_ptr(), &raw mut frame);
            if CStr::from_ptr(frame.source) != PRELUDE {
                break;
            }
            level += 1;
        }
        ffi::luaL_where(state, level);
    }
}
