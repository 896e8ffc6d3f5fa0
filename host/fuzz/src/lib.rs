//! Fuzz targets over everything that reads a stranger's bytes, one file each.
//!
//! A target runs what the product runs and holds it against a second opinion
//! that was written on its own. `host/fuzz/targets` hands these functions to
//! `cargo fuzz`; `tests/it` replays what that found worth keeping.

#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a find is a panic"
)]

mod bytes;
mod guest;

pub mod cache;
pub mod component;
pub mod config;
pub mod conversation;
pub mod folder;
pub mod grant;
pub mod item;
pub mod lua_header;
pub mod lua_json;
pub mod manifest;
pub mod plugin;
pub mod registry;
pub mod section;
pub mod url;

// The guest's files say where they are: at the top of their crate.
use guest::{bindings, convert, failure, lend, timestamp};

/// A target: its name, which is that of its corpus, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, in the order of their names.
pub const TARGETS: [Target; 14] = [
    ("cache", cache::run),
    ("component", component::run),
    ("config", config::run),
    ("conversation", conversation::run),
    ("folder", folder::run),
    ("grant", grant::run),
    ("item", item::run),
    ("lua_header", lua_header::run),
    ("lua_json", lua_json::run),
    ("manifest", manifest::run),
    ("plugin", plugin::run),
    ("registry", registry::run),
    ("section", section::run),
    ("url", url::run),
];
