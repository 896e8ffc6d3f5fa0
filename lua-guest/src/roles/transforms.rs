//! What compressors, chunkers and read-modes share: how they are declared, and
//! what a request says beside the text.

use mlua::{Lua, Table, Value};

use crate::bindings::{Budget, Error, ErrorKind};
use crate::failure;
use crate::interpreter;

use super::fields::{answer, list, text, value};

/// What a transform declares.
pub(super) struct Info {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) media_types: Vec<String>,
    pub(super) idempotent: bool,
    pub(super) compares: bool,
}

/// Reads what the transforms of a role declare.
pub(super) fn listed(role: &str) -> Result<Vec<Info>, Error> {
    let interpreter = interpreter::loaded_to_describe()?;
    let all: Table = answer(interpreter, interpreter.run("list_transforms", role)?)?;
    list(&all)?.iter().filter_map(Value::as_table).map(|one| info(one, role)).collect()
}

fn info(table: &Table, role: &str) -> Result<Info, Error> {
    let is = |name: &str| Ok::<_, Error>(value(table, name)?.as_boolean().unwrap_or_default());
    Ok(Info {
        name: text(table, "name", role)?,
        description: text(table, "description", role)?,
        media_types: texts(&value(table, "media_types")?)?,
        idempotent: is("idempotent")?,
        compares: is("compares")?,
    })
}

/// Reads a list of strings.
pub(super) fn texts(found: &Value) -> Result<Vec<String>, Error> {
    let Value::Table(table) = found else { return Ok(Vec::new()) };
    Ok(list(table)?
        .iter()
        .filter_map(Value::as_string)
        .map(mlua::LuaString::to_string_lossy)
        .collect())
}

/// Writes a budget as `{ bytes = … }` or `{ tokens = … }`.
pub(super) fn budget(lua: &Lua, budget: Budget) -> Result<Table, Error> {
    let (unit, most) = match budget {
        Budget::Bytes(most) => ("bytes", most),
        Budget::Tokens(most) => ("tokens", most),
    };
    let made = lua.create_table().and_then(|table| {
        table.raw_set(unit, most)?;
        Ok(table)
    });
    made.map_err(|cause| failure::from_mlua(&cause))
}

/// Says that the script has no transform of this name.
pub(super) fn unknown(role: &str, name: &str) -> Error {
    failure::error(ErrorKind::NotFound, format!("there is no {role} `{name}`"))
}
