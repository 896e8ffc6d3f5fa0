//! The exports: one file for each interface of the contract.
//!
//! Each asks the prelude, which knows the script's globals, and turns what
//! comes back into the records of `wit/`.

mod agents;
mod blocks;
mod chunking;
mod completion;
mod compression;
mod describe;
mod embedding;
mod extraction;
mod fields;
mod hooks;
mod questions;
mod resources;
mod source;
mod tools;
mod transforms;
mod viewing;

use mlua::{Lua, Table};

/// Lends the prelude what belongs to a role: the queue of a walk.
pub(crate) fn install(lua: &Lua, host: &Table) -> mlua::Result<()> {
    source::install(lua, host)
}
