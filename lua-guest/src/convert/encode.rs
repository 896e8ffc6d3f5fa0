//! Lua values to JSON text.
//!
//! A table is an array if it is marked as a list or has a first element, else
//! an object. Metatables are not asked; keys are written in byte order, so the
//! same value always gives the same text.

#![expect(unsafe_code, reason = "walks Lua's tables in place")]

use std::cmp::Ordering;
use std::ffi::{c_int, c_void};
use std::fmt::Write as _;
use std::{slice, str};

use mlua::ffi;

use super::{DEPTH, LIST, Problem};

/// Returns the JSON text of the value at `index`.
///
/// # Safety
/// `index` is a valid index of the stack of `state`.
pub(super) unsafe fn value(state: *mut ffi::lua_State, index: c_int) -> Result<String, Problem> {
    unsafe {
        let slots = c_int::try_from(DEPTH * 3 + 8).unwrap_or(c_int::MAX);
        if ffi::lua_checkstack(state, slots) == 0 {
            return Err(Problem("no stack is left for a value".to_owned()));
        }
        let top = ffi::lua_gettop(state);
        let mut writer = Writer {
            state,
            json: String::new(),
            above: Vec::new(),
            keys: Vec::new(),
            mark: LIST.get(),
        };
        let done = writer.value(ffi::lua_absindex(state, index));
        ffi::lua_settop(state, top);
        done.map(|()| writer.json)
    }
}

/// Writes a string with its quotes.
pub(crate) fn quote(json: &mut String, text: &str) {
    json.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        json.push_str(&text[plain..at]);
        plain = at + 1;
        if escape.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(json, "\\u{byte:04x}");
        } else {
            json.push_str(escape);
        }
    }
    json.push_str(&text[plain..]);
    json.push('"');
}

/// The shortest text that is read back as the same number, with the sign of
/// its exponent: `1e+300`.
fn written(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

/// A key of a table: a string that the table keeps alive, or a number.
#[derive(Clone, Copy)]
enum Key {
    String(*const u8, usize),
    Integer(i64),
    Float(f64),
}

struct Writer {
    state: *mut ffi::lua_State,
    json: String,
    /// The tables around the present one, to find a table inside itself.
    above: Vec<*const c_void>,
    /// Keys of the tables around the present one, each behind the other.
    keys: Vec<Key>,
    mark: *const c_void,
}

impl Writer {
    unsafe fn value(&mut self, index: c_int) -> Result<(), Problem> {
        let state = self.state;
        unsafe {
            match ffi::lua_type(state, index) {
                ffi::LUA_TBOOLEAN if ffi::lua_toboolean(state, index) != 0 => {
                    self.json.push_str("true");
                }
                ffi::LUA_TBOOLEAN => self.json.push_str("false"),
                ffi::LUA_TNUMBER => self.number(index),
                ffi::LUA_TSTRING => {
                    let mut length = 0;
                    let text = ffi::lua_tolstring(state, index, &raw mut length);
                    self.string(slice::from_raw_parts(text.cast(), length))?;
                }
                ffi::LUA_TTABLE => return self.table(index),
                // Nil, `json.null`, and what has no JSON: functions, threads.
                _ => self.json.push_str("null"),
            }
        }
        Ok(())
    }

    unsafe fn table(&mut self, index: c_int) -> Result<(), Problem> {
        let state = self.state;
        unsafe {
            let address = ffi::lua_topointer(state, index);
            if self.above.contains(&address) {
                return Err(Problem("the table contains itself".to_owned()));
            }
            if self.above.len() >= DEPTH {
                return Err(Problem(format!("nested deeper than {DEPTH} levels")));
            }
            self.above.push(address);
            let length = ffi::lua_rawlen(state, index);
            let done = if length > 0 || self.is_marked(index) {
                self.list(index, length)
            } else {
                self.object(index)
            };
            self.above.pop();
            done
        }
    }

    /// Whether the metatable is the mark of lists, or is marked itself, as that
    /// of a list with more to tell is.
    unsafe fn is_marked(&self, index: c_int) -> bool {
        unsafe {
            if ffi::lua_getmetatable(self.state, index) == 0 {
                return false;
            }
            let mut found = ffi::lua_topointer(self.state, -1) == self.mark;
            if !found && ffi::lua_getmetatable(self.state, -1) != 0 {
                found = ffi::lua_topointer(self.state, -1) == self.mark;
                ffi::lua_pop(self.state, 1);
            }
            ffi::lua_pop(self.state, 1);
            found
        }
    }

    unsafe fn list(&mut self, index: c_int, length: usize) -> Result<(), Problem> {
        self.json.push('[');
        for place in 1..=length {
            if place > 1 {
                self.json.push(',');
            }
            unsafe {
                let place = ffi::lua_Integer::try_from(place).unwrap_or(ffi::lua_Integer::MAX);
                ffi::lua_rawgeti(self.state, index, place);
                self.value(ffi::lua_gettop(self.state))?;
                ffi::lua_pop(self.state, 1);
            }
        }
        self.json.push(']');
        Ok(())
    }

    unsafe fn object(&mut self, index: c_int) -> Result<(), Problem> {
        let first = self.keys.len();
        unsafe {
            self.collect_keys(index)?;
            self.keys[first..].sort_unstable_by(|left, right| left.compare(*right));
            self.json.push('{');
            for place in first..self.keys.len() {
                if place > first {
                    self.json.push(',');
                }
                let key = self.keys[place];
                self.key(key)?;
                self.json.push(':');
                key.push(self.state);
                ffi::lua_rawget(self.state, index);
                self.value(ffi::lua_gettop(self.state))?;
                ffi::lua_pop(self.state, 1);
            }
        }
        self.json.push('}');
        self.keys.truncate(first);
        Ok(())
    }

    unsafe fn collect_keys(&mut self, index: c_int) -> Result<(), Problem> {
        let state = self.state;
        unsafe {
            ffi::lua_pushnil(state);
            while ffi::lua_next(state, index) != 0 {
                ffi::lua_pop(state, 1);
                let key = match ffi::lua_type(state, -1) {
                    ffi::LUA_TSTRING => {
                        let mut length = 0;
                        let text = ffi::lua_tolstring(state, -1, &raw mut length);
                        Key::String(text.cast(), length)
                    }
                    ffi::LUA_TNUMBER if ffi::lua_isinteger(state, -1) != 0 => {
                        Key::Integer(ffi::lua_tointeger(state, -1))
                    }
                    ffi::LUA_TNUMBER => Key::Float(ffi::lua_tonumber(state, -1)),
                    _ => {
                        return Err(Problem("a key is neither a string nor a number".to_owned()));
                    }
                };
                self.keys.push(key);
            }
        }
        Ok(())
    }

    fn key(&mut self, key: Key) -> Result<(), Problem> {
        match key {
            Key::String(text, length) => {
                self.string(unsafe { slice::from_raw_parts(text, length) })
            }
            Key::Integer(number) => {
                let _ = write!(self.json, "\"{number}\"");
                Ok(())
            }
            Key::Float(number) => {
                let _ = write!(self.json, "\"{}\"", written(number));
                Ok(())
            }
        }
    }

    unsafe fn number(&mut self, index: c_int) {
        unsafe {
            if ffi::lua_isinteger(self.state, index) != 0 {
                let _ = write!(self.json, "{}", ffi::lua_tointeger(self.state, index));
                return;
            }
            let number = ffi::lua_tonumber(self.state, index);
            if number.is_finite() {
                self.json.push_str(&written(number));
            } else {
                self.json.push_str("null");
            }
        }
    }

    fn string(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let Ok(text) = str::from_utf8(bytes) else {
            return Err(Problem(
                "a string is not UTF-8; encode bytes with `base64.encode`".to_owned(),
            ));
        };
        quote(&mut self.json, text);
        Ok(())
    }
}

impl Key {
    unsafe fn push(self, state: *mut ffi::lua_State) {
        unsafe {
            match self {
                Self::String(text, length) => {
                    ffi::lua_pushlstring(state, text.cast(), length);
                }
                Self::Integer(number) => ffi::lua_pushinteger(state, number),
                Self::Float(number) => ffi::lua_pushnumber(state, number),
            }
        }
    }

    /// Orders by the text that is written.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::String(left, left_length), Self::String(right, right_length)) => unsafe {
                slice::from_raw_parts(left, left_length)
                    .cmp(slice::from_raw_parts(right, right_length))
            },
            _ => self.written().cmp(&other.written()),
        }
    }

    fn written(self) -> Vec<u8> {
        match self {
            Self::String(text, length) => unsafe { slice::from_raw_parts(text, length).to_vec() },
            Self::Integer(number) => number.to_string().into_bytes(),
            Self::Float(number) => written(number).into_bytes(),
        }
    }
}
