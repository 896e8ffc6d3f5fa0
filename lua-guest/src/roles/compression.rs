//! Compressors: what the script declares, and some passages.

use mlua::{MultiValue, Table, Value};

use crate::LuaGuest;
use crate::bindings::Error;
use crate::bindings::exports::ctx::extension::compression::{
    CompressRequest, CompressorInfo, Guest, Kept,
};
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, list, value};
use super::transforms::{self, listed};

impl Guest for LuaGuest {
    fn list_compressors() -> Result<Vec<CompressorInfo>, Error> {
        let all = listed("compressor")?.into_iter();
        Ok(all
            .map(|info| CompressorInfo {
                name: info.name,
                description: info.description,
                idempotent: info.idempotent,
            })
            .collect())
    }

    fn compress(request: CompressRequest) -> Result<Vec<Kept>, Error> {
        let interpreter = interpreter::loaded()?;
        let name = request.name.clone();
        let (passages, asked) =
            tables(interpreter, request).map_err(|cause| failure::from_mlua(&cause))?;
        let returned: MultiValue = interpreter.run("compress", (name.as_str(), passages, asked))?;
        let (_, made): (String, Value) = answer(interpreter, returned)?;
        let Value::Table(made) = made else {
            return Err(transforms::unknown("compressor", &name));
        };
        list(&made)?.iter().filter_map(Value::as_table).map(kept).collect()
    }
}

fn tables(interpreter: &Interpreter, request: CompressRequest) -> mlua::Result<(Table, Table)> {
    let lua = &interpreter.lua;
    let passages = lua.create_table()?;
    for passage in request.passages {
        let table = lua.create_table()?;
        table.raw_set("text", passage.text)?;
        table.raw_set("pinned", passage.pinned)?;
        passages.raw_push(table)?;
    }
    let asked = lua.create_table()?;
    if let Some(budget) = request.budget {
        let budget = transforms::budget(lua, budget);
        asked.raw_set("budget", budget.map_err(|error| mlua::Error::runtime(error.message))?)?;
    }
    asked.raw_set("query", request.query)?;
    asked.raw_set("media_type", request.media_type)?;
    Ok((passages, asked))
}

fn kept(table: &Table) -> Result<Kept, Error> {
    let index = match value(table, "index")? {
        Value::Integer(place) => u32::try_from(place - 1).ok(),
        _ => None,
    };
    let index = index.ok_or_else(|| internal("an `index` that `compress` returned is no place"))?;
    let Value::String(text) = value(table, "text")? else {
        return Err(internal("a passage that `compress` returned has no string `text`"));
    };
    match text.to_str() {
        Ok(text) => Ok(Kept { index, text: text.to_owned() }),
        Err(_) => Err(internal("a passage that `compress` returned is not UTF-8")),
    }
}
