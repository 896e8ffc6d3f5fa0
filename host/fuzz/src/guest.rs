//! The guest's own files, compiled for this machine: what turns JSON and
//! tables of scripts into the contract's nouns, and addresses apart.
//!
//! The nouns are written out here; in the guest they are generated.

#![allow(
    dead_code,
    unused_imports,
    unsafe_code,
    clippy::large_enum_variant,
    reason = "the guest's own files"
)]

pub(crate) mod bindings;

#[path = "../../../lua-guest/src"]
mod files {
    pub(crate) mod convert;
    pub(crate) mod failure;
    pub(crate) mod lend;
    pub(crate) mod timestamp;
}

pub(crate) use files::{convert, failure, lend, timestamp};

/// Where documents are read out of tables.
#[path = "../../../lua-guest/src/roles/source"]
pub(crate) mod source {
    mod item;
    mod queue;

    use mlua::{Lua, Table};

    use super::bindings::exports::ctx::extension::source::Page;

    /// Moves a list's items into a page, `at_once` at a time.
    pub(crate) fn page(lua: &Lua, list: &Table, at_once: usize) -> Option<Page> {
        let mut queue = queue::Queue::default();
        queue.limit = usize::MAX;
        let (length, mut place) = (list.raw_len(), 1);
        while place <= length {
            let count = at_once.min(length + 1 - place);
            place += item::take(lua, list, place, count, &mut queue).expect("it raises nothing");
        }
        queue.last_page(usize::MAX)
    }
}

/// Where a script's requests go.
#[path = "../../../lua-guest/src/api/http"]
pub(crate) mod http {
    mod url;

    /// Takes an address apart: whether it is `https`, the authority, the rest.
    pub(crate) fn parse(text: &str) -> Option<(bool, String, String)> {
        let url = url::parse(text).ok()?;
        Some((url.https, url.authority, url.path_and_query))
    }

    /// Returns where a `location` header leads from an address, and whether
    /// that is the same origin.
    pub(crate) fn join(text: &str, location: &str) -> Option<(String, bool)> {
        let url = url::parse(text).ok()?;
        let joined = url.join(location);
        let same = url::parse(&joined).is_ok_and(|other| url.same_origin(&other));
        Some((joined, same))
    }

    /// Escapes what a query holds.
    pub(crate) fn escape(bytes: &[u8]) -> String {
        url::escape(bytes)
    }

    /// Adds a query to an address.
    pub(crate) fn with_query(address: &str, query: &str) -> String {
        url::with_query(address, query)
    }
}
