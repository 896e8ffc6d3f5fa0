//! A script's table of a document, read in place.
//!
//! One walk over the table's keys, straight into the contract's record: this
//! runs for every document of every sync. What is malformed is skipped with
//! its reason and never ends a scan.

#![expect(unsafe_code, reason = "reads Lua's tables in place")]

use std::ffi::c_int;
use std::slice;

use mlua::{Lua, Table, ffi};

use crate::bindings::exports::ctx::extension::source::{Change, Skipped};
use crate::bindings::{Content, Document};
use crate::{convert, failure, timestamp};

use super::queue::{self, Queue};

/// `push(item)`: takes an item, tells whether the page is full.
///
/// # Safety
/// To be called by Lua.
pub(super) unsafe extern "C-unwind" fn push(state: *mut ffi::lua_State) -> c_int {
    unsafe {
        ffi::lua_settop(state, 1);
        let change = read(state, 1);
        let full = queue::with_current(|queue| {
            queue.push(change);
            queue.is_full()
        });
        if let Some(full) = full {
            ffi::lua_pushboolean(state, c_int::from(full));
            return 1;
        }
        failure::push_place(state);
        ffi::lua_pushstring(state, c"ctx.emit: no scan is going on".as_ptr());
        ffi::lua_concat(state, 2);
        ffi::lua_error(state)
    }
}

/// Moves up to `count` items from `place` on into the queue, and out of the
/// list, so that they are not held twice. Returns how many.
pub(super) fn take(
    lua: &Lua,
    list: &Table,
    place: usize,
    count: usize,
    queue: &mut Queue,
) -> mlua::Result<usize> {
    let mut taken = 0;
    unsafe {
        lua.exec_raw::<()>(list, |state| {
            while taken < count && !(taken > 0 && queue.is_full()) {
                let place =
                    ffi::lua_Integer::try_from(place + taken).unwrap_or(ffi::lua_Integer::MAX);
                taken += 1;
                if ffi::lua_rawgeti(state, 1, place) != ffi::LUA_TNIL {
                    queue.push(read(state, 2));
                    ffi::lua_pushnil(state);
                    ffi::lua_rawseti(state, 1, place);
                }
                ffi::lua_settop(state, 1);
            }
            ffi::lua_settop(state, 0);
        })?;
    }
    Ok(taken)
}

/// Returns the content that some bytes are.
pub(super) fn content(bytes: Vec<u8>) -> Content {
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(wrong) => Content::Bytes(wrong.into_bytes()),
    }
}

/// What was found in the table of an item.
#[derive(Default)]
struct Found {
    id: Option<String>,
    body: Option<Vec<u8>>,
    bytes: Option<Vec<u8>>,
    title: Option<String>,
    author: Option<String>,
    uri: Option<String>,
    media_type: Option<String>,
    metadata: Option<String>,
    created: Option<i64>,
    modified: Option<i64>,
    version: Option<String>,
    language: Option<String>,
    source: Option<String>,
    data_classes: Option<Vec<String>>,
    removed: bool,
    deferred: bool,
    skipped: Option<String>,
    /// The first thing that is wrong.
    wrong: Option<String>,
}

/// Returns the change that the item at `index` is.
unsafe fn read(state: *mut ffi::lua_State, index: c_int) -> Change {
    let mut found = Found::default();
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TTABLE {
            let kind = std::ffi::CStr::from_ptr(ffi::luaL_typename(state, index));
            let reason = format!("an item must be a table, got {}", kind.to_string_lossy());
            return Change::Skip(Skipped { id: None, reason });
        }
        let top = ffi::lua_gettop(state);
        ffi::lua_checkstack(state, 8);
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, index) != 0 {
            if ffi::lua_type(state, -2) == ffi::LUA_TSTRING {
                let key = bytes_at(state, -2);
                found.field(state, key);
            }
            ffi::lua_settop(state, top + 1);
        }
        ffi::lua_settop(state, top);
    }
    found.change()
}

impl Found {
    /// Reads the field whose value is on top of the stack.
    unsafe fn field(&mut self, state: *mut ffi::lua_State, key: &[u8]) {
        unsafe {
            match key {
                b"source_id" => self.id = self.text(state, "source_id"),
                b"body" => self.body = raw(state),
                b"bytes" => self.bytes = raw(state),
                b"title" => self.title = self.text(state, "title"),
                b"author" => self.author = self.text(state, "author"),
                b"source_url" => self.uri = self.text(state, "source_url"),
                b"content_type" => self.media_type = self.text(state, "content_type"),
                b"version" => self.version = self.text(state, "version"),
                b"language" => self.language = self.text(state, "language"),
                b"source" => self.source = self.text(state, "source"),
                b"created_at" => self.created = time(state),
                b"updated_at" => self.modified = time(state),
                b"metadata" => self.metadata(state),
                b"metadata_json" => self.metadata_json(state),
                b"data_classes" => self.data_classes(state),
                b"removed" => self.removed = ffi::lua_toboolean(state, -1) != 0,
                b"deferred" => self.deferred = ffi::lua_toboolean(state, -1) != 0,
                b"skipped" => self.skipped = self.text(state, "skipped"),
                _ => {}
            }
        }
    }

    unsafe fn text(&mut self, state: *mut ffi::lua_State, name: &str) -> Option<String> {
        let text = String::from_utf8(unsafe { raw(state) }?);
        if text.is_err() {
            self.complain(format!("`{name}` is not UTF-8"));
        }
        text.ok()
    }

    unsafe fn metadata(&mut self, state: *mut ffi::lua_State) {
        unsafe {
            if ffi::lua_type(state, -1) != ffi::LUA_TTABLE {
                return;
            }
            match convert::encode_at(state, -1) {
                Ok(json) if json.starts_with('{') => self.metadata = Some(json),
                Ok(json) if json == "[]" => {}
                Ok(_) => {
                    self.complain("`metadata` must be a table with names, not a list".to_owned());
                }
                Err(problem) => self.complain(format!("`metadata`: {}", problem.0)),
            }
        }
    }

    /// Text of the script's own making; the table wins if there are both.
    unsafe fn metadata_json(&mut self, state: *mut ffi::lua_State) {
        if self.metadata.is_none()
            && let Some(json) = unsafe { self.text(state, "metadata_json") }
            && convert::is_object(&json)
        {
            self.metadata = Some(json);
        }
    }

    unsafe fn data_classes(&mut self, state: *mut ffi::lua_State) {
        unsafe {
            if ffi::lua_type(state, -1) != ffi::LUA_TTABLE {
                return;
            }
            let mut classes = Vec::new();
            let mut place = 1;
            while ffi::lua_rawgeti(state, -1, place) != ffi::LUA_TNIL {
                classes.extend(self.text(state, "data_classes"));
                ffi::lua_settop(state, -2);
                place += 1;
            }
            ffi::lua_settop(state, -2);
            self.data_classes = Some(classes);
        }
    }

    fn complain(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    fn change(mut self) -> Change {
        let Some(id) = self.id.take().filter(|id| !id.is_empty()) else {
            return skip(None, "`source_id` is missing");
        };
        if let Some(reason) = self.skipped.take().or(self.wrong.take()) {
            return skip(Some(id), reason);
        }
        if self.removed {
            return Change::Remove(id);
        }
        let content = match (self.bytes.take(), self.body.take()) {
            (Some(bytes), _) => Content::Bytes(bytes),
            (None, Some(body)) if !body.is_empty() => content(body),
            (None, None) if self.deferred => Content::Deferred,
            (None, Some(_)) => return skip(Some(id), "`body` is empty"),
            (None, None) => return skip(Some(id), "`body` is missing"),
        };
        let media_type = self.media_type.take().filter(|name| !name.is_empty());
        let media_type = media_type.unwrap_or_else(|| {
            let fallback = match content {
                Content::Bytes(_) => "application/octet-stream",
                Content::Text(_) | Content::Deferred => "text/plain",
            };
            fallback.to_owned()
        });
        Change::Upsert(Document {
            id,
            version: self.version.unwrap_or_default(),
            title: self.title,
            author: self.author,
            uri: self.uri,
            media_type,
            language: self.language,
            created: self.created,
            modified: self.modified,
            data_classes: self.data_classes,
            metadata: with_source(self.metadata, self.source),
            content,
        })
    }
}

/// An item of Context Harness may name a source of its own. A document belongs
/// to the source that was synced, so the name is kept beside it.
fn with_source(metadata: Option<String>, source: Option<String>) -> String {
    let metadata = metadata.unwrap_or_else(|| "{}".to_owned());
    match source {
        Some(source) => convert::with_text(&metadata, "source", &source).unwrap_or(metadata),
        None => metadata,
    }
}

fn skip(id: Option<String>, reason: impl Into<String>) -> Change {
    Change::Skip(Skipped { id, reason: reason.into() })
}

/// A string or a number; anything else counts as missing.
unsafe fn raw(state: *mut ffi::lua_State) -> Option<Vec<u8>> {
    unsafe {
        match ffi::lua_type(state, -1) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => Some(bytes_at(state, -1).to_vec()),
            _ => None,
        }
    }
}

/// A time in any of the forms that sources write.
unsafe fn time(state: *mut ffi::lua_State) -> Option<i64> {
    unsafe {
        match ffi::lua_type(state, -1) {
            ffi::LUA_TNUMBER if ffi::lua_isinteger(state, -1) != 0 => {
                Some(ffi::lua_tointeger(state, -1))
            }
            ffi::LUA_TNUMBER => timestamp::from_seconds(ffi::lua_tonumber(state, -1)),
            ffi::LUA_TSTRING => str::from_utf8(bytes_at(state, -1)).ok().and_then(timestamp::parse),
            _ => None,
        }
    }
}

/// The bytes of the string or number at `index`. They live as long as it stays
/// there.
unsafe fn bytes_at<'a>(state: *mut ffi::lua_State, index: c_int) -> &'a [u8] {
    unsafe {
        let mut length = 0;
        let text = ffi::lua_tolstring(state, index, &raw mut length);
        slice::from_raw_parts(text.cast(), length)
    }
}
