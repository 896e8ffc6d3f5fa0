//! Extractors: what the script declares, and one file.

use mlua::{Table, Value};

use crate::LuaGuest;
use crate::bindings::exports::ctx::extension::extraction::{
    ExtractRequest, Extracted, ExtractorInfo, Guest,
};
use crate::bindings::{Error, ErrorKind};
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};
use crate::timestamp;

use super::fields::{answer, list, optional_json, optional_text, text, value};

const WHAT: &str = "what `extractor.extract` returned";

impl Guest for LuaGuest {
    fn describe() -> Result<ExtractorInfo, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let info: Table = answer(interpreter, interpreter.run("describe_extractor", ())?)?;
        let Value::Table(types) = value(&info, "media_types")? else {
            return Err(internal("`extractor.media_types` must be a list of strings"));
        };
        let types = list(&types)?;
        Ok(ExtractorInfo {
            description: text(&info, "description", "the extractor")?,
            media_types: types
                .iter()
                .filter_map(Value::as_string)
                .map(mlua::LuaString::to_string_lossy)
                .collect(),
        })
    }

    fn extract(request: ExtractRequest) -> Result<Extracted, Error> {
        let interpreter = interpreter::loaded()?;
        let data = interpreter.lua.create_string(&request.data);
        // The copy is Lua's; two of a large file need not fit.
        drop(request.data);
        let data = data.map_err(|cause| failure::from_mlua(&cause))?;
        let returned = interpreter.run("extract", (data, request.media_type, request.name))?;
        match answer::<Value>(interpreter, returned)? {
            Value::String(text) => Ok(plain(utf8(&text)?)),
            Value::Table(made) => read(interpreter, &made),
            Value::Nil => Err(failure::error(
                ErrorKind::InvalidInput,
                "`extractor.extract` found no text in the file",
            )),
            other => Err(internal(format!(
                "`extractor.extract` must return a string or a table, got {}",
                other.type_name()
            ))),
        }
    }
}

fn read(interpreter: &Interpreter, made: &Table) -> Result<Extracted, Error> {
    let Value::String(text) = value(made, "text")? else {
        return Err(internal(format!("{WHAT} has no string `text`")));
    };
    let metadata = optional_json(interpreter, made, "metadata", WHAT)?;
    Ok(Extracted {
        media_type: optional_text(made, "media_type", WHAT)?
            .unwrap_or_else(|| "text/plain".to_owned()),
        title: optional_text(made, "title", WHAT)?,
        author: optional_text(made, "author", WHAT)?,
        language: optional_text(made, "language", WHAT)?,
        created: time(&value(made, "created_at")?),
        modified: time(&value(made, "updated_at")?),
        // An empty list is how Lua writes an empty table that was a list.
        metadata: metadata.filter(|json| json != "[]").unwrap_or_else(|| "{}".to_owned()),
        text: utf8(&text)?,
    })
}

fn plain(text: String) -> Extracted {
    Extracted {
        text,
        media_type: "text/plain".to_owned(),
        title: None,
        author: None,
        language: None,
        created: None,
        modified: None,
        metadata: "{}".to_owned(),
    }
}

fn utf8(text: &mlua::LuaString) -> Result<String, Error> {
    match text.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(failure::error(
            ErrorKind::InvalidInput,
            "the text that `extractor.extract` returned is not UTF-8",
        )),
    }
}

/// What tells no time counts as missing, as in the items of a connector.
fn time(found: &Value) -> Option<i64> {
    match found {
        Value::Integer(seconds) => Some(*seconds),
        Value::Number(seconds) => timestamp::from_seconds(*seconds),
        Value::String(text) => timestamp::parse(&text.to_string_lossy()),
        _ => None,
    }
}
