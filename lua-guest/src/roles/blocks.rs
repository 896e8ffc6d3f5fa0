//! The blocks of an answer or a message, from what a script made of them.

use mlua::{Table, Value};

use crate::bindings::{
    Blob, Block, BlockContent, EmbeddedContent, EmbeddedResource, Error, ResourceLink,
};
use crate::failure::internal;
use crate::interpreter::Interpreter;

use super::fields::{bytes, list, optional_json, optional_text, text, value};

/// Returns a block of text.
pub(super) fn plain(text: impl Into<String>) -> Block {
    Block { content: BlockContent::Text(text.into()), annotations: None }
}

/// Returns the blocks of a text, a block, or a list of either.
pub(super) fn read(interpreter: &Interpreter, made: &Value) -> Result<Vec<Block>, Error> {
    match made {
        Value::Nil => Ok(Vec::new()),
        Value::Table(table) if value(table, "type")?.is_nil() => {
            list(table)?.iter().map(|made| block(interpreter, made)).collect()
        }
        one => block(interpreter, one).map(|block| vec![block]),
    }
}

fn block(interpreter: &Interpreter, made: &Value) -> Result<Block, Error> {
    let table = match made {
        Value::String(text) => match text.to_str() {
            Ok(text) => return Ok(plain(text.to_owned())),
            Err(_) => return Err(internal("a block of text is not UTF-8")),
        },
        Value::Integer(number) => return Ok(plain(number.to_string())),
        Value::Number(number) => return Ok(plain(format!("{number:?}"))),
        Value::Table(table) => table,
        other => {
            return Err(internal(format!(
                "a block is a string or a table, got {}",
                other.type_name()
            )));
        }
    };
    let content = match text(table, "type", "a block")?.as_str() {
        "text" => BlockContent::Text(text(table, "text", "a text block")?),
        "image" => BlockContent::Image(blob(table, "an image block")?),
        "audio" => BlockContent::Audio(blob(table, "an audio block")?),
        "link" => BlockContent::Link(link(table)?),
        "embedded" => BlockContent::Embedded(embedded(table)?),
        other => {
            return Err(internal(format!(
                "a block has the type `{other}`; use text, image, audio, link or embedded"
            )));
        }
    };
    let annotations = optional_json(interpreter, table, "annotations", "a block")?;
    Ok(Block { content, annotations })
}

fn blob(table: &Table, what: &str) -> Result<Blob, Error> {
    Ok(Blob { media_type: text(table, "media_type", what)?, data: bytes(table, "data", what)? })
}

fn link(table: &Table) -> Result<ResourceLink, Error> {
    let what = "a link block";
    let size = match value(table, "size")? {
        Value::Integer(size) => u64::try_from(size).ok(),
        _ => None,
    };
    Ok(ResourceLink {
        uri: text(table, "uri", what)?,
        name: text(table, "name", what)?,
        title: optional_text(table, "title", what)?,
        description: optional_text(table, "description", what)?,
        media_type: optional_text(table, "media_type", what)?,
        size,
    })
}

fn embedded(table: &Table) -> Result<EmbeddedResource, Error> {
    let what = "an embedded block";
    let content = match optional_text(table, "text", what)? {
        Some(text) => EmbeddedContent::Text(text),
        None => EmbeddedContent::Bytes(bytes(table, "bytes", what)?),
    };
    Ok(EmbeddedResource {
        uri: text(table, "uri", what)?,
        media_type: optional_text(table, "media_type", what)?,
        content,
    })
}
