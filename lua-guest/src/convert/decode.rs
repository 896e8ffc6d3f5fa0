//! JSON text onto Lua's stack.
//!
//! One pass, no allocation but Lua's own, except for strings with escapes. The
//! text must be UTF-8; whoever calls has checked that.

#![expect(unsafe_code, reason = "pushes straight onto Lua's stack")]

use std::ffi::c_int;

use mlua::ffi;

use super::{DEPTH, LIST_KEY, Problem};

/// What becomes of a null inside an array or an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It becomes nil: the key is absent.
    Left,
    /// It becomes `json.null`.
    Kept,
}

/// Where the values go. Checking a text goes nowhere.
trait Sink {
    fn null(&mut self, nested: bool);
    fn boolean(&mut self, value: bool);
    fn integer(&mut self, value: i64);
    fn float(&mut self, value: f64);
    fn string(&mut self, value: &[u8]);
    fn begin_list(&mut self);
    fn list_value(&mut self, place: i64);
    fn begin_object(&mut self);
    fn object_value(&mut self);
}

/// Pushes the value of `text`, or nothing that a caller may use.
///
/// # Safety
/// `state` is a state that is running a C function.
pub(super) unsafe fn push(
    state: *mut ffi::lua_State,
    text: &[u8],
    nulls: Nulls,
) -> Result<(), Problem> {
    unsafe {
        // Each level holds a table, a key and a value, and the mark of lists
        // comes and goes.
        let slots = c_int::try_from(DEPTH * 3 + 8).unwrap_or(c_int::MAX);
        if ffi::lua_checkstack(state, slots) == 0 {
            return Err(Problem("no stack is left for a value".to_owned()));
        }
        ffi::lua_getfield(state, ffi::LUA_REGISTRYINDEX, c"ctx.list".as_ptr());
        debug_assert_eq!(LIST_KEY, "ctx.list");
        let mark = ffi::lua_gettop(state);
        parse(text, &mut Stack { state, mark, nulls })?;
        ffi::lua_remove(state, mark);
    }
    Ok(())
}

/// Whether `text` is a JSON object.
pub(super) fn is_object(text: &[u8]) -> bool {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{') && parse(text, &mut Nowhere).is_ok()
}

struct Stack {
    state: *mut ffi::lua_State,
    mark: c_int,
    nulls: Nulls,
}

impl Sink for Stack {
    fn null(&mut self, nested: bool) {
        unsafe {
            if nested && self.nulls == Nulls::Kept {
                ffi::lua_pushlightuserdata(self.state, std::ptr::null_mut());
            } else {
                ffi::lua_pushnil(self.state);
            }
        }
    }

    fn boolean(&mut self, value: bool) {
        unsafe { ffi::lua_pushboolean(self.state, c_int::from(value)) }
    }

    fn integer(&mut self, value: i64) {
        unsafe { ffi::lua_pushinteger(self.state, value) }
    }

    fn float(&mut self, value: f64) {
        unsafe { ffi::lua_pushnumber(self.state, value) }
    }

    fn string(&mut self, value: &[u8]) {
        unsafe {
            ffi::lua_pushlstring(self.state, value.as_ptr().cast(), value.len());
        }
    }

    fn begin_list(&mut self) {
        unsafe {
            ffi::lua_createtable(self.state, 0, 0);
            ffi::lua_pushvalue(self.state, self.mark);
            ffi::lua_setmetatable(self.state, -2);
        }
    }

    fn list_value(&mut self, place: i64) {
        unsafe { ffi::lua_rawseti(self.state, -2, place) }
    }

    fn begin_object(&mut self) {
        unsafe { ffi::lua_createtable(self.state, 0, 2) }
    }

    fn object_value(&mut self) {
        unsafe { ffi::lua_rawset(self.state, -3) }
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn null(&mut self, _nested: bool) {}
    fn boolean(&mut self, _value: bool) {}
    fn integer(&mut self, _value: i64) {}
    fn float(&mut self, _value: f64) {}
    fn string(&mut self, _value: &[u8]) {}
    fn begin_list(&mut self) {}
    fn list_value(&mut self, _place: i64) {}
    fn begin_object(&mut self) {}
    fn object_value(&mut self) {}
}

fn parse(text: &[u8], sink: &mut impl Sink) -> Result<(), Problem> {
    let mut reader = Reader { text, at: 0, unescaped: Vec::new() };
    reader.skip_blank();
    reader.value(sink, 0)?;
    reader.skip_blank();
    if reader.at < text.len() {
        return Err(reader.problem("something follows the value"));
    }
    Ok(())
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    unescaped: Vec<u8>,
}

impl Reader<'_> {
    fn value(&mut self, sink: &mut impl Sink, depth: usize) -> Result<(), Problem> {
        match self.peek() {
            Some(b'{') => self.object(sink, depth),
            Some(b'[') => self.list(sink, depth),
            Some(b'"') => self.string(sink),
            Some(b't') => self.word(b"true").map(|()| sink.boolean(true)),
            Some(b'f') => self.word(b"false").map(|()| sink.boolean(false)),
            Some(b'n') => self.word(b"null").map(|()| sink.null(depth > 0)),
            Some(b'-' | b'0'..=b'9') => self.number(sink),
            Some(_) => Err(self.problem("expected a value")),
            None => Err(self.problem("the text ends where a value should be")),
        }
    }

    fn object(&mut self, sink: &mut impl Sink, depth: usize) -> Result<(), Problem> {
        self.deeper(depth)?;
        self.at += 1;
        sink.begin_object();
        self.skip_blank();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.problem("expected a key in quotes"));
            }
            self.string(sink)?;
            self.skip_blank();
            if !self.take(b':') {
                return Err(self.problem("expected `:` after a key"));
            }
            self.skip_blank();
            self.value(sink, depth + 1)?;
            sink.object_value();
            self.skip_blank();
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.problem("expected `,` or `}`"));
            }
            self.skip_blank();
        }
    }

    fn list(&mut self, sink: &mut impl Sink, depth: usize) -> Result<(), Problem> {
        self.deeper(depth)?;
        self.at += 1;
        sink.begin_list();
        self.skip_blank();
        if self.take(b']') {
            return Ok(());
        }
        let mut place = 0;
        loop {
            self.value(sink, depth + 1)?;
            place += 1;
            sink.list_value(place);
            self.skip_blank();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.problem("expected `,` or `]`"));
            }
            self.skip_blank();
        }
    }

    fn string(&mut self, sink: &mut impl Sink) -> Result<(), Problem> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    sink.string(&self.text[start..self.at]);
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => return self.string_with_escapes(sink, start),
                Some(byte) if byte >= 0x20 => self.at += 1,
                Some(_) => return Err(self.problem("a control character in a string")),
                None => return Err(self.problem("the text ends inside a string")),
            }
        }
    }

    fn string_with_escapes(&mut self, sink: &mut impl Sink, start: usize) -> Result<(), Problem> {
        self.unescaped.clear();
        self.unescaped.extend_from_slice(&self.text[start..self.at]);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    sink.string(&self.unescaped);
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(byte) if byte >= 0x20 => {
                    self.unescaped.push(byte);
                    self.at += 1;
                }
                Some(_) => return Err(self.problem("a control character in a string")),
                None => return Err(self.problem("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Problem> {
        let Some(kind) = self.peek() else {
            return Err(self.problem("the text ends inside a string"));
        };
        self.at += 1;
        let plain = match kind {
            b'"' | b'\\' | b'/' => kind,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.problem("an unknown escape in a string")),
        };
        self.unescaped.push(plain);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), Problem> {
        let first = self.hexadecimal()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !(self.take(b'\\') && self.take(b'u')) {
                return Err(self.problem("half of a surrogate pair"));
            }
            let second = self.hexadecimal()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.problem("half of a surrogate pair"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        let Some(character) = char::from_u32(code) else {
            return Err(self.problem("half of a surrogate pair"));
        };
        let mut buffer = [0; 4];
        self.unescaped.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<u32, Problem> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.problem("four hexadecimal digits must follow `\\u`"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self, sink: &mut impl Sink) -> Result<(), Problem> {
        let start = self.at;
        let negative = self.take(b'-');
        let digits = self.at;
        let mut whole: u64 = 0;
        let mut fits = true;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let more =
                whole.checked_mul(10).and_then(|whole| whole.checked_add(u64::from(byte - b'0')));
            fits = fits && more.is_some();
            whole = more.unwrap_or(0);
            self.at += 1;
        }
        let count = self.at - digits;
        if count == 0 || (count > 1 && self.text[digits] == b'0') {
            return Err(self.problem("a malformed number"));
        }
        let mut is_integer = true;
        if self.take(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if is_integer && fits {
            let value =
                if negative { 0i64.checked_sub_unsigned(whole) } else { whole.try_into().ok() };
            if let Some(value) = value {
                sink.integer(value);
                return Ok(());
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        match text.parse() {
            Ok(value) => sink.float(value),
            Err(_) => return Err(self.problem("a malformed number")),
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.problem("a malformed number")) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Problem> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.problem("expected a value"))
        }
    }

    fn deeper(&self, depth: usize) -> Result<(), Problem> {
        if depth >= DEPTH {
            return Err(self.problem(&format!("nested deeper than {DEPTH} levels")));
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn problem(&self, what: &str) -> Problem {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.split(|byte| *byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Problem(format!("{what} at line {line} column {column}"))
    }
}
