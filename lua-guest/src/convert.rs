//! JSON text and Lua values, straight into each other.
//!
//! No value tree lies between: the decoder pushes onto Lua's stack and the
//! encoder walks Lua's tables, because every call of a tool passes through.
//! Integers stay integers, floats stay floats, keys are written in order.

mod decode;
mod encode;
mod library;

use std::cell::Cell;
use std::ffi::c_void;

use mlua::{Lua, Table, Value};

use crate::failure::Fault;

pub(crate) use encode::quote;
pub(crate) use library::{json_decode, json_encode, json_parse};

/// How deep a JSON text may be nested, each way.
pub(crate) const DEPTH: usize = 64;

thread_local! {
    /// The metatable that marks a table as a list. Lua never moves it.
    static LIST: Cell<*const c_void> = const { Cell::new(std::ptr::null()) };
}

/// What is wrong with a JSON text or a value, and where.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) String);

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::new(problem.0)
    }
}

/// Makes the mark of lists: a table with it is a list even when it is empty.
pub(crate) fn create_mark(lua: &Lua) -> mlua::Result<Table> {
    let mark = lua.create_table()?;
    LIST.set(mark.to_pointer());
    lua.set_named_registry_value(LIST_KEY, &mark)?;
    Ok(mark)
}

/// Where the registry holds the mark.
pub(crate) const LIST_KEY: &str = "ctx.list";

/// Returns the Lua value of a JSON text. Nulls are left out of tables.
#[expect(unsafe_code, reason = "pushes straight onto Lua's stack")]
pub(crate) fn decode(lua: &Lua, json: &str) -> Result<Value, Problem> {
    let mut problem = None;
    let found = unsafe {
        lua.exec_raw::<Value>((), |state| {
            if let Err(wrong) = decode::push(state, json.as_bytes(), decode::Nulls::Left) {
                problem = Some(wrong);
                mlua::ffi::lua_settop(state, 0);
            }
        })
    };
    match problem {
        Some(wrong) => Err(wrong),
        None => found.map_err(|cause| Problem(cause.to_string())),
    }
}

/// Returns the JSON text of a Lua value.
#[expect(unsafe_code, reason = "walks Lua's tables in place")]
pub(crate) fn encode(lua: &Lua, value: &Value) -> Result<String, Problem> {
    let mut encoded = Ok(String::new());
    let ran = unsafe {
        lua.exec_raw::<()>(value, |state| {
            encoded = encode::value(state, 1);
            mlua::ffi::lua_settop(state, 0);
        })
    };
    ran.map_err(|cause| Problem(cause.to_string()))?;
    encoded
}

/// Returns the JSON text of the value at `index`.
///
/// # Safety
/// `index` is a valid index of the stack of `state`.
#[expect(unsafe_code, reason = "walks Lua's tables in place")]
pub(crate) unsafe fn encode_at(
    state: *mut mlua::ffi::lua_State,
    index: std::ffi::c_int,
) -> Result<String, Problem> {
    unsafe { encode::value(state, index) }
}

/// Returns a JSON object with one more field, if it has none of this name at
/// any depth: that is rare, and telling depths apart is not worth a parser.
pub(crate) fn with_text(object: &str, name: &str, text: &str) -> Option<String> {
    let mut field = String::new();
    quote(&mut field, name);
    if object.contains(&field) {
        return None;
    }
    field.push(':');
    quote(&mut field, text);
    let inside = object.trim().strip_prefix('{')?;
    let comma = if inside.trim_start() == "}" { "" } else { "," };
    Some(format!("{{{field}{comma}{inside}"))
}

/// Whether a text is a JSON object.
pub(crate) fn is_object(json: &str) -> bool {
    decode::is_object(json.as_bytes())
}

#[cfg(test)]
mod tests;
