//! Resources: what the script holds, and one that is read.

use mlua::{Table, Value};

use crate::LuaGuest;
use crate::bindings::exports::ctx::extension::resources::{
    Contents, Guest, Holdings, ReadReply, ReadRequest, ResourceInfo, TemplateInfo,
};
use crate::bindings::{EmbeddedContent, Error, ErrorKind};
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, bytes, list, optional_json, optional_text, text, value};
use super::questions;

impl Guest for LuaGuest {
    fn list_resources() -> Result<Holdings, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let held: Table = answer(interpreter, interpreter.run("list_resources", ())?)?;
        let (resources, templates) = (tables(&held, "resources")?, tables(&held, "templates")?);
        Ok(Holdings {
            resources: resources.iter().map(resource).collect::<Result<_, _>>()?,
            templates: templates.iter().map(template).collect::<Result<_, _>>()?,
        })
    }

    fn read(request: ReadRequest) -> Result<ReadReply, Error> {
        let interpreter = interpreter::loaded()?;
        let resumed = questions::resumed(interpreter, request.resumed.as_ref())?;
        let variables = pairs(interpreter, request.variables)?;
        let uri = request.uri.as_str();
        let arguments = (uri, request.template, variables, resumed);
        let returned = interpreter.run("read_resource", arguments)?;
        let (kind, value): (String, Value) = answer(interpreter, returned)?;
        match (kind.as_str(), &value) {
            ("ask", Value::Table(made)) => Ok(ReadReply::Ask(questions::read(interpreter, made)?)),
            ("value", Value::Table(made)) => {
                let made = list(made)?;
                let all = made.iter().filter_map(Value::as_table);
                let all = all.map(|made| contents(interpreter, made));
                Ok(ReadReply::Done(all.collect::<Result<_, _>>()?))
            }
            _ => Err(failure::error(
                ErrorKind::NotFound,
                format!("{} has nothing at `{uri}`", interpreter::script_name()),
            )),
        }
    }
}

/// Returns names and values as a table.
pub(super) fn pairs(
    interpreter: &Interpreter,
    pairs: Vec<(String, String)>,
) -> Result<Table, Error> {
    interpreter.lua.create_table_from(pairs).map_err(|cause| failure::from_mlua(&cause))
}

fn tables(held: &Table, name: &str) -> Result<Vec<Table>, Error> {
    match value(held, name)? {
        Value::Table(found) => {
            Ok(list(&found)?.iter().filter_map(Value::as_table).cloned().collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn resource(table: &Table) -> Result<ResourceInfo, Error> {
    let what = "a resource";
    let size = match value(table, "size")? {
        Value::Integer(size) => u64::try_from(size).ok(),
        _ => None,
    };
    Ok(ResourceInfo {
        uri: text(table, "uri", what)?,
        name: text(table, "name", what)?,
        title: optional_text(table, "title", what)?,
        description: optional_text(table, "description", what)?,
        media_type: optional_text(table, "media_type", what)?,
        size,
        annotations: optional_text(table, "annotations", what)?,
        meta: optional_text(table, "meta", what)?,
    })
}

fn template(table: &Table) -> Result<TemplateInfo, Error> {
    let info = resource(table)?;
    Ok(TemplateInfo {
        uri_template: info.uri,
        name: info.name,
        title: info.title,
        description: info.description,
        media_type: info.media_type,
        annotations: info.annotations,
        meta: info.meta,
    })
}

fn contents(interpreter: &Interpreter, made: &Table) -> Result<Contents, Error> {
    let what = "what `read` returned";
    let content = match value(made, "text")? {
        Value::Nil => EmbeddedContent::Bytes(bytes(made, "bytes", what)?),
        Value::Table(_) | Value::Function(_) | Value::Boolean(_) => {
            return Err(internal(format!("`text` of {what} must be a string")));
        }
        _ => EmbeddedContent::Text(text(made, "text", what)?),
    };
    Ok(Contents {
        uri: text(made, "uri", what)?,
        media_type: optional_text(made, "media_type", what)?,
        content,
        meta: optional_json(interpreter, made, "meta", what)?,
    })
}
