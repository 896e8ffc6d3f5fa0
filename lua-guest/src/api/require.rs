//! What `require` reads: the files beside the script. The rest of it is in
//! `prelude/require.lua`.

use mlua::{Lua, Table};

use crate::bindings::ctx::extension::files;
use crate::lend::Module;

/// The name under which the host lends an extension its own folder.
pub(super) const OWN_FOLDER: &str = ".";

/// A script of more than this is not a script.
const LIMIT: u64 = 4 * 1024 * 1024;

pub(super) fn install(lua: &Lua, host: &Table, _: &Module<'_>) -> mlua::Result<()> {
    host.raw_set(
        "read_own",
        lua.create_function(|lua, path: String| {
            let why = match files::read(OWN_FOLDER, &path, LIMIT) {
                Ok(bytes) => return Ok((Some(lua.create_string(bytes)?), None)),
                Err(files::Error::NotFound) => return Ok((None, None)),
                Err(files::Error::Denied) => {
                    "this extension may not read files of its own: a single file has no folder"
                        .to_owned()
                }
                Err(files::Error::TooLarge(size)) => format!("{size} bytes is too large"),
                Err(files::Error::Other(why)) => why,
            };
            Ok((None, Some(why)))
        })?,
    )
}
