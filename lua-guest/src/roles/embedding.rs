//! Embedders: what the script declares, and the vectors of some texts.

use mlua::{Lua, Table, Value};

use crate::LuaGuest;
use crate::bindings::Error;
use crate::bindings::exports::ctx::extension::embedding::{
    EmbedRequest, Embedded, EmbedderInfo, Guest, Purpose,
};
use crate::failure::{self, internal};
use crate::interpreter;

use super::fields::{answer, list, text, value};

impl Guest for LuaGuest {
    fn describe() -> Result<EmbedderInfo, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let info: Table = answer(interpreter, interpreter.run("describe_embedder", ())?)?;
        let batch = match value(&info, "batch")? {
            Value::Integer(batch) => u32::try_from(batch).unwrap_or(u32::MAX),
            _ => 1,
        };
        Ok(EmbedderInfo { description: text(&info, "description", "the embedder")?, batch })
    }

    fn embed(request: EmbedRequest) -> Result<Embedded, Error> {
        let interpreter = interpreter::loaded()?;
        let purpose = match request.purpose {
            Purpose::Document => "document",
            Purpose::Query => "query",
        };
        let returned = interpreter.run("embed", (request.texts, purpose))?;
        let made: Table = answer(interpreter, returned)?;
        let Value::Table(vectors) = value(&made, "vectors")? else {
            return Err(internal("what `embedder.embed` returned has no list `vectors`"));
        };
        let vectors = list(&vectors)?
            .iter()
            .enumerate()
            .map(|(place, found)| vector(&interpreter.lua, place + 1, found))
            .collect::<Result<_, _>>()?;
        Ok(Embedded { model: text(&made, "model", "what `embedder.embed` returned")?, vectors })
    }
}

/// A vector is a list of numbers; thousands of them are usual, so they are read
/// in place.
#[expect(unsafe_code, reason = "reads Lua's tables in place")]
fn vector(lua: &Lua, place: usize, found: &Value) -> Result<Vec<f32>, Error> {
    let Value::Table(table) = found else {
        return Err(internal(format!("vector {place} is no list of numbers")));
    };
    let length = table.raw_len();
    let mut numbers = Vec::with_capacity(length);
    let ran = unsafe {
        lua.exec_raw::<()>(table, |state| {
            for at in 1..=length {
                let at =
                    mlua::ffi::lua_Integer::try_from(at).unwrap_or(mlua::ffi::lua_Integer::MAX);
                mlua::ffi::lua_rawgeti(state, 1, at);
                let mut is_number = 0;
                let number = mlua::ffi::lua_tonumberx(state, -1, &raw mut is_number);
                if is_number != 0 {
                    #[expect(clippy::cast_possible_truncation, reason = "vectors have this size")]
                    numbers.push(number as f32);
                }
                mlua::ffi::lua_settop(state, 1);
            }
            mlua::ffi::lua_settop(state, 0);
        })
    };
    ran.map_err(|cause| failure::from_mlua(&cause))?;
    if numbers.len() < length {
        return Err(internal(format!("vector {place} holds what is no number")));
    }
    Ok(numbers)
}
