//! Reading the tables that the prelude has checked already, and the ones that
//! a script returned, which nobody has.

use mlua::{FromLuaMulti, MultiValue, Table, Value};

use crate::bindings::Error;
use crate::failure::{self, internal};
use crate::interpreter::Interpreter;

/// Returns the values of an answer of the prelude as this type.
pub(super) fn answer<T: FromLuaMulti>(
    interpreter: &Interpreter,
    values: MultiValue,
) -> Result<T, Error> {
    T::from_lua_multi(values, &interpreter.lua).map_err(|cause| failure::from_mlua(&cause))
}

/// Returns a field that must be a text.
pub(super) fn text(table: &Table, name: &str, what: &str) -> Result<String, Error> {
    match optional_text(table, name, what)? {
        Some(text) => Ok(text),
        None => Err(internal(format!("{what} has no `{name}`"))),
    }
}

/// Returns a field that is a text, if it is there.
pub(super) fn optional_text(
    table: &Table,
    name: &str,
    what: &str,
) -> Result<Option<String>, Error> {
    match value(table, name)? {
        Value::Nil => Ok(None),
        Value::String(text) => match text.to_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(internal(format!("`{name}` of {what} is not UTF-8"))),
        },
        Value::Integer(number) => Ok(Some(number.to_string())),
        Value::Number(number) => Ok(Some(format!("{number:?}"))),
        other => {
            Err(internal(format!("`{name}` of {what} must be a string, got {}", other.type_name())))
        }
    }
}

/// Returns a field that must be bytes.
pub(super) fn bytes(table: &Table, name: &str, what: &str) -> Result<Vec<u8>, Error> {
    match value(table, name)? {
        Value::String(bytes) => Ok(bytes.as_bytes().to_vec()),
        other => Err(internal(format!(
            "`{name}` of {what} must be a string of bytes, got {}",
            other.type_name()
        ))),
    }
}

/// Returns a field as JSON text, if it is there.
pub(super) fn optional_json(
    interpreter: &Interpreter,
    table: &Table,
    name: &str,
    what: &str,
) -> Result<Option<String>, Error> {
    match value(table, name)? {
        Value::Nil => Ok(None),
        found => json(interpreter, &found, &format!("`{name}` of {what}")).map(Some),
    }
}

/// Returns the JSON text of a value that a script made.
pub(super) fn json(interpreter: &Interpreter, value: &Value, what: &str) -> Result<String, Error> {
    crate::convert::encode(&interpreter.lua, value)
        .map_err(|problem| internal(format!("{what} is not JSON: {}", problem.0)))
}

/// Returns the Lua value of a JSON text of the host's.
pub(super) fn decoded(interpreter: &Interpreter, json: &str) -> Result<Value, Error> {
    crate::convert::decode(&interpreter.lua, json)
        .map_err(|problem| internal(format!("the host's JSON cannot be read: {}", problem.0)))
}

/// Returns a field, whatever it is.
pub(super) fn value(table: &Table, name: &str) -> Result<Value, Error> {
    table.raw_get(name).map_err(|cause| failure::from_mlua(&cause))
}

/// Returns the elements of a list.
pub(super) fn list(table: &Table) -> Result<Vec<Value>, Error> {
    (1..=table.raw_len())
        .map(|place| table.raw_get(place).map_err(|cause| failure::from_mlua(&cause)))
        .collect()
}
