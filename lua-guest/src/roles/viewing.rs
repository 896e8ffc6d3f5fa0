//! Read-modes: what the script declares, and one view of a text.

use mlua::{MultiValue, Value};

use crate::LuaGuest;
use crate::bindings::Error;
use crate::bindings::exports::ctx::extension::viewing::{Guest, ReadModeInfo, View, ViewRequest};
use crate::failure::{self, internal};
use crate::interpreter;

use super::fields::{answer, optional_text, value};
use super::transforms::{self, listed};

const WHAT: &str = "what `look` returned";

impl Guest for LuaGuest {
    fn list_read_modes() -> Result<Vec<ReadModeInfo>, Error> {
        let all = listed("read_mode")?.into_iter();
        Ok(all
            .map(|info| ReadModeInfo {
                name: info.name,
                description: info.description,
                compares: info.compares,
            })
            .collect())
    }

    fn look(request: ViewRequest) -> Result<View, Error> {
        let interpreter = interpreter::loaded()?;
        let lua = &interpreter.lua;
        let budget = request.budget.map(|budget| transforms::budget(lua, budget)).transpose()?;
        let media_type = request.media_type.clone();
        let asked = lua.create_table().and_then(|asked| {
            asked.raw_set("media_type", request.media_type)?;
            asked.raw_set("file_name", request.file_name)?;
            asked.raw_set("against", request.against)?;
            asked.raw_set("budget", budget)?;
            Ok(asked)
        });
        let asked = asked.map_err(|cause| failure::from_mlua(&cause))?;
        let given = (request.name.as_str(), request.text, asked);
        let returned: MultiValue = interpreter.run("look", given)?;
        let (_, made): (String, Value) = answer(interpreter, returned)?;
        let Value::Table(made) = made else {
            return Err(transforms::unknown("read-mode", &request.name));
        };
        let text = match value(&made, "text")? {
            Value::String(text) => text.to_str().map(|text| text.to_owned()).ok(),
            _ => None,
        };
        Ok(View {
            text: text.ok_or_else(|| internal(format!("{WHAT} is not UTF-8")))?,
            media_type: optional_text(&made, "media_type", WHAT)?.unwrap_or(media_type),
            cut: value(&made, "cut")?.as_boolean().unwrap_or_default(),
        })
    }
}
