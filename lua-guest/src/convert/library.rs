//! `json.decode` and `json.encode`, as functions of Lua.
//!
//! They are C functions rather than lent ones: scripts call them in loops.

#![expect(unsafe_code, reason = "C functions on Lua's own stack")]

use std::ffi::c_int;
use std::{slice, str};

use mlua::ffi;

use crate::failure::push_place;

use super::{Problem, decode, encode};

/// `json.decode(text [, { nulls = true }])`.
///
/// # Safety
/// To be called by Lua.
pub(crate) unsafe extern "C-unwind" fn json_decode(state: *mut ffi::lua_State) -> c_int {
    unsafe { decoding(state, "json.decode") }
}

/// `json.parse`, the name that Context Harness has for it.
///
/// # Safety
/// To be called by Lua.
pub(crate) unsafe extern "C-unwind" fn json_parse(state: *mut ffi::lua_State) -> c_int {
    unsafe { decoding(state, "json.parse") }
}

unsafe fn decoding(state: *mut ffi::lua_State, called: &str) -> c_int {
    unsafe {
        match decode_argument(state) {
            Ok(()) => 1,
            Err(problem) => raise(state, called, problem),
        }
    }
}

/// `json.encode(value)`.
///
/// # Safety
/// To be called by Lua.
pub(crate) unsafe extern "C-unwind" fn json_encode(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        ffi::lua_settop(state, 1);
        match encode::value(state, 1) {
            Ok(json) => {
                ffi::lua_pushlstring(state, json.as_ptr().cast(), json.len());
                1
            }
            Err(problem) => raise(state, "json.encode", problem),
        }
    }
}

unsafe fn decode_argument(state: *mut ffi::lua_State) -> Result<(), Problem> {
    unsafe {
        ffi::lua_settop(state, 2);
        let mut nulls = decode::Nulls::Left;
        if ffi::lua_type(state, 2) == ffi::LUA_TTABLE {
            ffi::lua_pushstring(state, c"nulls".as_ptr());
            ffi::lua_rawget(state, 2);
            if ffi::lua_toboolean(state, -1) != 0 {
                nulls = decode::Nulls::Kept;
            }
            ffi::lua_settop(state, 2);
        }
        let mut length = 0;
        let text = ffi::lua_tolstring(state, 1, &raw mut length);
        if text.is_null() {
            return Err(Problem("bad argument #1 (string expected)".to_owned()));
        }
        let text: &[u8] = slice::from_raw_parts(text.cast(), length);
        if let Err(wrong) = str::from_utf8(text) {
            return Err(Problem(format!(
                "the text is not UTF-8 at byte {}",
                wrong.valid_up_to() + 1
            )));
        }
        decode::push(state, text, nulls)
    }
}

/// Raises the problem with the place of the call. The text is Lua's own before
/// the error leaves, so nothing of Rust's is left behind.
unsafe fn raise(state: *mut ffi::lua_State, called: &str, problem: Problem) -> c_int {
    unsafe {
        ffi::lua_settop(state, 0);
        push_place(state);
        {
            let Problem(what) = problem;
            let text = format!("{called}: {what}");
            ffi::lua_pushlstring(state, text.as_ptr().cast(), text.len());
        }
        ffi::lua_concat(state, 2);
        ffi::lua_error(state)
    }
}
