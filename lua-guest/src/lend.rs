//! How Rust functions are lent to scripts.
//!
//! `mlua` would raise a Rust error as userdata, on which `e:match(..)` fails.
//! So a lent function returns `true, …` or `false, text`, and a C function
//! around it raises the text with the place of the script's call.

mod raising;

use mlua::{Function, IntoLuaMulti, Lua, LuaString, MultiValue, Table, Value};

use crate::failure::{self, Fault};

/// The result of a lent function.
pub(crate) type Lent<T> = Result<T, Fault>;

/// A table of lent functions.
pub(crate) struct Module<'a> {
    lua: &'a Lua,
    name: &'static str,
    pub(crate) table: Table,
}

impl<'a> Module<'a> {
    /// Starts a module. Its name stands in front of what its functions raise.
    pub(crate) fn new(lua: &'a Lua, name: &'static str) -> mlua::Result<Self> {
        Ok(Self { lua, name, table: lua.create_table()? })
    }

    /// Adds a function.
    pub(crate) fn lend<R, F>(&self, name: &'static str, function: F) -> mlua::Result<()>
    where
        R: IntoLuaMulti,
        F: Fn(&Lua, &Arguments) -> Lent<R> + 'static,
    {
        let called =
            if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        self.table.raw_set(name, lent(self.lua, called, function)?)
    }
}

/// Returns a Rust function as one that scripts can call; `called` stands in
/// front of what it raises.
pub(crate) fn lent<R, F>(lua: &Lua, called: String, function: F) -> mlua::Result<Function>
where
    R: IntoLuaMulti,
    F: Fn(&Lua, &Arguments) -> Lent<R> + 'static,
{
    let answering = lua.create_function(move |lua, values: MultiValue| {
        let arguments = Arguments { values };
        let outcome = function(lua, &arguments).and_then(|answer| Ok(answer.into_lua_multi(lua)?));
        match outcome {
            Ok(mut answer) => {
                answer.push_front(Value::Boolean(true));
                Ok(answer)
            }
            Err(fault) => {
                failure::pend(fault.kind);
                let text = if fault.whole {
                    fault.message
                } else {
                    format!("{called}: {}", fault.message)
                };
                (false, text).into_lua_multi(lua)
            }
        }
    })?;
    raising::wrap(lua, answering)
}

/// What a script passed. Numbers pass for strings and numeric strings for
/// numbers, as in Lua's own library.
pub(crate) struct Arguments {
    values: MultiValue,
}

impl Arguments {
    /// Returns the argument at this place, counted from 1.
    pub(crate) fn value(&self, place: usize) -> &Value {
        self.values.get(place - 1).unwrap_or(&Value::Nil)
    }

    /// Returns a string of any bytes.
    pub(crate) fn bytes(&self, lua: &Lua, place: usize) -> Lent<LuaString> {
        let value = self.value(place);
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Integer(_) | Value::Number(_) => match lua.coerce_string(value.clone())? {
                Some(text) => Ok(text),
                None => Err(self.wrong(place, "string")),
            },
            _ => Err(self.wrong(place, "string")),
        }
    }

    /// Returns a string of UTF-8.
    pub(crate) fn text(&self, lua: &Lua, place: usize) -> Lent<String> {
        let bytes = self.bytes(lua, place)?;
        match bytes.to_str() {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Fault::new(format!("bad argument #{place}: the string is not UTF-8"))),
        }
    }

    /// Returns a string of UTF-8, or nothing for nil.
    pub(crate) fn optional_text(&self, lua: &Lua, place: usize) -> Lent<Option<String>> {
        if self.value(place).is_nil() { Ok(None) } else { self.text(lua, place).map(Some) }
    }

    /// Returns a number.
    pub(crate) fn number(&self, lua: &Lua, place: usize) -> Lent<f64> {
        match lua.coerce_number(self.value(place).clone())? {
            Some(number) => Ok(number),
            None => Err(self.wrong(place, "number")),
        }
    }

    /// Returns an integer.
    pub(crate) fn integer(&self, lua: &Lua, place: usize) -> Lent<i64> {
        match lua.coerce_integer(self.value(place).clone())? {
            Some(number) => Ok(number),
            None => Err(self.wrong(place, "integer")),
        }
    }

    /// Returns a table, or nothing for nil.
    pub(crate) fn optional_table(&self, place: usize) -> Lent<Option<Table>> {
        match self.value(place) {
            Value::Nil => Ok(None),
            Value::Table(table) => Ok(Some(table.clone())),
            _ => Err(self.wrong(place, "table")),
        }
    }

    fn wrong(&self, place: usize, expected: &str) -> Fault {
        let got = match self.values.get(place - 1) {
            None => "no value",
            Some(value) => value.type_name(),
        };
        Fault::new(format!("bad argument #{place} ({expected} expected, got {got})"))
    }
}

/// Returns the named field as bytes, if it is a string or a number.
pub(crate) fn field_bytes(lua: &Lua, table: &Table, name: &str) -> Lent<Option<LuaString>> {
    match table.raw_get::<Value>(name)? {
        Value::Nil => Ok(None),
        value @ (Value::String(_) | Value::Integer(_) | Value::Number(_)) => {
            Ok(lua.coerce_string(value)?)
        }
        other => Err(Fault::new(format!("`{name}` must be a string, got {}", other.type_name()))),
    }
}

/// Returns the named field as text, if it is a string or a number.
pub(crate) fn field_text(lua: &Lua, table: &Table, name: &str) -> Lent<Option<String>> {
    match field_bytes(lua, table, name)? {
        None => Ok(None),
        Some(bytes) => match bytes.to_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(Fault::new(format!("`{name}` is not UTF-8"))),
        },
    }
}

/// Returns the named field as a list of texts; a single text is a list of one.
pub(crate) fn field_texts(lua: &Lua, table: &Table, name: &str) -> Lent<Option<Vec<String>>> {
    let list = match table.raw_get::<Value>(name)? {
        Value::Nil => return Ok(None),
        Value::Table(list) => list,
        Value::String(_) => return Ok(field_text(lua, table, name)?.map(|one| vec![one])),
        other => {
            return Err(Fault::new(format!("`{name}` must be a list, got {}", other.type_name())));
        }
    };
    let mut texts = Vec::with_capacity(list.raw_len());
    for place in 1..=list.raw_len() {
        match lua.coerce_string(list.raw_get::<Value>(place)?)? {
            Some(text) => texts.push(text.to_string_lossy()),
            None => return Err(Fault::new(format!("`{name}` must be a list of strings"))),
        }
    }
    Ok(Some(texts))
}
