//! A script's tables into documents, and the lists of them: each becomes one
//! change, whatever is in it, and every document that the guest gives is one
//! that the host can store.

use ctx_core::fuzzed::ready;
use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json};

use crate::bindings::exports::ctx::extension::source::Change;
use crate::bindings::{Content, Document};
use crate::bytes::Bytes;
use crate::guest::source;
use crate::lua_json::{self, Scripting, with_lua};
use crate::timestamp::{self, Timestamp};

const FIELDS: [&str; 20] = [
    "source_id",
    "body",
    "bytes",
    "title",
    "author",
    "source_url",
    "content_type",
    "version",
    "language",
    "source",
    "created_at",
    "updated_at",
    "metadata",
    "metadata_json",
    "data_classes",
    "removed",
    "deferred",
    "skipped",
    "something_else",
    "",
];

/// Seconds of the years 0 to 9999.
const CALENDAR: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// Reads a list of items that is made of the bytes, and a time.
pub fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        times(text);
    }
    with_lua(|scripting| {
        let mut choices = Bytes::new(bytes);
        let at_once = usize::from(choices.byte() % 4) + 1;
        let list = items(scripting, &mut choices).expect("there is memory");
        check(&scripting.lua, &list, at_once);
    });
}

fn check(lua: &Lua, list: &Table, at_once: usize) {
    let length = list.raw_len();
    let given: Vec<Value> = (1..=length).filter_map(|at| list.raw_get(at).ok()).collect();
    let given: Vec<Value> = given.into_iter().filter(|item| !item.is_nil()).collect();
    let page = source::page(lua, list, at_once);
    let changes = page.map(|page| page.changes).unwrap_or_default();
    assert_eq!(changes.len(), given.len(), "one change for each item");
    for (item, change) in given.iter().zip(changes) {
        let is_text = |name: &str| {
            let found = item.as_table().and_then(|table| table.raw_get::<Value>(name).ok());
            !matches!(found, Some(Value::Integer(_) | Value::Number(_)))
        };
        let field = |name: &str| match item.as_table().map(|table| table.raw_get::<Value>(name)) {
            Some(Ok(Value::String(text))) => Some(text.as_bytes().to_vec()),
            _ => None,
        };
        match change {
            Change::Skip(skipped) => {
                assert!(!skipped.reason.is_empty() || field("skipped").is_some());
            }
            Change::Remove(id) => assert!(!id.is_empty()),
            Change::Upsert(document) => {
                if let Some(id) = field("source_id") {
                    assert_eq!(document.id.as_bytes(), id);
                }
                let body = field("bytes").or(field("body")).filter(|_| is_text("bytes"));
                check_document(document, body, field("source"));
            }
        }
    }
    // What was taken is no longer held.
    assert!((1..=length).all(|at| list.raw_get::<Value>(at).is_ok_and(|left| left.is_nil())));
}

fn check_document(document: Document, body: Option<Vec<u8>>, source: Option<Vec<u8>>) {
    assert!(!document.id.is_empty() && !document.media_type.is_empty());
    let content = match &document.content {
        Content::Text(text) => Some(text.as_bytes()),
        Content::Bytes(bytes) => Some(bytes.as_slice()),
        Content::Deferred => None,
    };
    if let Some(body) = body
        && let Some(content) = content
    {
        assert_eq!(content, body);
    }
    let metadata = serde_json::from_str::<Map<String, Json>>(&document.metadata);
    if let (Ok(metadata), Some(source)) = (&metadata, source)
        && !document.metadata.contains("\\u")
    {
        assert!(metadata.contains_key("source") || document.metadata.contains("\"source\""));
        drop(source);
    }
    // The host reads all numbers but those that no float can hold.
    assert!(
        metadata.is_ok() || document.metadata.contains(['e', 'E']) || document.metadata.len() > 300
    );
    if metadata.is_ok() && matches!(document.content, Content::Text(_)) {
        stored(document);
    }
}

/// The host takes it, and its pieces lie in order and hold all of the text.
fn stored(document: Document) {
    let target = document.id.len() * 8;
    let write = ready(model(document), target).expect("the guest gave a whole document");
    let ctx_model::Content::Text(text) = &write.document.content else { panic!("it is text") };
    let mut end = 0;
    for chunk in &write.chunks {
        let (from, to) = (chunk.span.start as usize, chunk.span.end as usize);
        assert!(end <= from && from < to, "pieces lie in order");
        assert!(text[end..from].trim().is_empty(), "no text is left out");
        assert!(!text[from..to].trim().is_empty(), "no piece is blank");
        end = to;
    }
    assert!(text[end..].trim().is_empty(), "no text is left out");
}

fn model(document: Document) -> ctx_model::Document {
    ctx_model::Document {
        id: document.id,
        version: document.version,
        title: document.title,
        author: document.author,
        uri: document.uri,
        media_type: document.media_type,
        language: document.language,
        created: document.created,
        modified: document.modified,
        data_classes: document.data_classes,
        metadata: document.metadata,
        content: match document.content {
            Content::Text(text) => ctx_model::Content::Text(text),
            Content::Bytes(bytes) => ctx_model::Content::Bytes(bytes),
            Content::Deferred => ctx_model::Content::Deferred,
        },
    }
}

/// A time that was read is read again from what is written of it.
fn times(text: &str) {
    if let Some(time) = timestamp::parse(text)
        && CALENDAR.contains(&time)
    {
        let written = Timestamp(time).to_string();
        assert_eq!(timestamp::parse(&written), Some(time), "{text:?} is {written}");
    }
}

/// Makes a list of items, some of which are none.
fn items(scripting: &Scripting, choices: &mut Bytes<'_>) -> mlua::Result<Table> {
    let list = scripting.lua.create_table()?;
    while !choices.is_empty() {
        let place = list.raw_len() + 1 + usize::from(choices.byte() % 8 == 7);
        let item = match choices.byte() % 8 {
            0 => value(scripting, choices)?,
            _ => Value::Table(item(scripting, choices)?),
        };
        list.raw_set(place, item)?;
    }
    Ok(list)
}

fn item(scripting: &Scripting, choices: &mut Bytes<'_>) -> mlua::Result<Table> {
    let item = scripting.lua.create_table()?;
    for _ in 0..choices.byte() % 12 {
        item.raw_set(choices.one_of(&FIELDS), value(scripting, choices)?)?;
    }
    Ok(item)
}

fn value(scripting: &Scripting, choices: &mut Bytes<'_>) -> mlua::Result<Value> {
    let lua = &scripting.lua;
    Ok(match choices.byte() % 10 {
        0 => Value::Boolean(choices.byte().is_multiple_of(2)),
        1 => Value::Integer(choices.number().cast_signed()),
        2 => Value::Number(f64::from_bits(choices.number())),
        3 => Value::Nil,
        4 => lua_json::make(scripting, choices.string()),
        5 => {
            let list = lua.create_table()?;
            for _ in 0..choices.byte() % 4 {
                list.raw_push(lua.create_string(choices.string())?)?;
            }
            Value::Table(list)
        }
        _ => Value::String(lua.create_string(choices.string())?),
    })
}
