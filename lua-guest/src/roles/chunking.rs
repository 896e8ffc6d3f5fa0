//! Chunkers: what the script declares, and where the pieces of a text lie.

use mlua::{MultiValue, Table, Value};

use crate::LuaGuest;
use crate::bindings::Error;
use crate::bindings::ctx::extension::types::Span;
use crate::bindings::exports::ctx::extension::chunking::{Chunk, ChunkRequest, ChunkerInfo, Guest};
use crate::failure::{self, internal};
use crate::interpreter;

use super::fields::{answer, list, value};
use super::transforms::{self, listed, texts};

impl Guest for LuaGuest {
    fn list_chunkers() -> Result<Vec<ChunkerInfo>, Error> {
        let all = listed("chunker")?.into_iter();
        Ok(all
            .map(|info| ChunkerInfo {
                name: info.name,
                description: info.description,
                media_types: info.media_types,
            })
            .collect())
    }

    fn split(request: ChunkRequest) -> Result<Vec<Chunk>, Error> {
        let interpreter = interpreter::loaded()?;
        let lua = &interpreter.lua;
        let budget = transforms::budget(lua, request.budget)?;
        let asked = lua.create_table().and_then(|asked| {
            asked.raw_set("media_type", request.media_type)?;
            asked.raw_set("file_name", request.file_name)?;
            asked.raw_set("overlap", request.overlap)?;
            asked.raw_set("budget", budget)?;
            Ok(asked)
        });
        let asked = asked.map_err(|cause| failure::from_mlua(&cause))?;
        let given = (request.name.as_str(), request.text, asked);
        let returned: MultiValue = interpreter.run("split", given)?;
        let (_, made): (String, Value) = answer(interpreter, returned)?;
        let Value::Table(made) = made else {
            return Err(transforms::unknown("chunker", &request.name));
        };
        list(&made)?.iter().filter_map(Value::as_table).map(chunk).collect()
    }
}

fn chunk(table: &Table) -> Result<Chunk, Error> {
    let place = |name: &str| match value(table, name)? {
        Value::Integer(place) => u32::try_from(place)
            .map_err(|_| internal(format!("a `{name}` that `split` returned is no place"))),
        _ => Err(internal(format!("a chunk that `split` returned has no `{name}`"))),
    };
    // Lua counts from 1, and the last character is part of the piece.
    let (first, end) = (place("first")?, place("last")?);
    let start = first.checked_sub(1);
    let start = start.ok_or_else(|| internal("places in a text are counted from 1"))?;
    let breadcrumbs = texts(&value(table, "breadcrumbs")?)?;
    Ok(Chunk { span: Span { start, end }, breadcrumbs })
}
