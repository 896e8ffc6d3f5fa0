//! `context`: the documents that the host has gathered.
//!
//! The shapes are the ones of Context Harness's scripts, with fields added.

use mlua::{Lua, Table, Value};

use crate::bindings::ErrorKind;
use crate::bindings::ctx::extension::context::{self, Hit, Mode, Query, Stored};
use crate::bindings::{Content, ctx};
use crate::convert;
use crate::failure::Fault;
use crate::lend::{Arguments, Lent, Module, field_texts};
use crate::timestamp::{self, Timestamp};

/// Hits that are given unless the script says otherwise.
const LIMIT: u32 = 12;

pub(super) fn install(_: &Lua, host: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("search", search)?;
    module.lend("get", get)?;
    module.lend("sources", |lua, _| sources(lua))?;
    host.raw_set("context_functions", &module.table)
}

fn search(lua: &Lua, arguments: &Arguments) -> Lent<Table> {
    let query = query(lua, arguments.text(lua, 1)?, arguments.value(2).as_table())?;
    let results = lua.create_table()?;
    // What there is beside the hits is not among the keys of the list: it is
    // empty if and only if nothing was found.
    let beside = lua.create_table()?;
    if query.text.trim().is_empty() {
        beside.raw_set("mode", mode_name(query.mode))?;
    } else {
        let answer = context::search(&query).map_err(fault)?;
        for hit in &answer.hits {
            results.raw_push(hit_table(lua, hit)?)?;
        }
        beside.raw_set("mode", mode_name(answer.mode))?;
        beside.raw_set("cursor", answer.cursor)?;
    }
    let marked = lua.create_table()?;
    marked.raw_set("__index", beside)?;
    marked.set_metatable(lua.named_registry_value(convert::LIST_KEY)?)?;
    results.set_metatable(Some(marked))?;
    Ok(results)
}

/// A wrong type counts as nothing said, as in Context Harness; a wrong word
/// does not.
fn query(lua: &Lua, text: String, options: Option<&Table>) -> Lent<Query> {
    let mut query = Query {
        text,
        mode: Mode::Keyword,
        sources: vec![],
        since: None,
        until: None,
        media_types: vec![],
        limit: LIMIT,
        cursor: None,
    };
    let Some(options) = options else { return Ok(query) };
    if let Value::String(mode) = options.raw_get::<Value>("mode")? {
        query.mode = match &*mode.to_string_lossy() {
            "keyword" => Mode::Keyword,
            "semantic" => Mode::Semantic,
            "hybrid" => Mode::Hybrid,
            other => {
                return Err(Fault::new(format!(
                    "unknown mode `{other}`; use keyword, semantic or hybrid"
                )));
            }
        };
    }
    for name in ["source", "sources"] {
        query.sources.extend(texts(lua, options, name)?);
    }
    query.media_types = texts(lua, options, "media_types")?;
    query.since = time(options, "since")?;
    query.until = time(options, "until")?;
    if let Value::String(cursor) = options.raw_get::<Value>("cursor")? {
        query.cursor = Some(cursor.to_string_lossy());
    }
    if let Some(limit) = lua.coerce_integer(options.raw_get::<Value>("limit")?)? {
        query.limit = u32::try_from(limit.max(0)).unwrap_or(u32::MAX);
    }
    Ok(query)
}

/// One text, or a list of them.
fn texts(lua: &Lua, options: &Table, name: &str) -> Lent<Vec<String>> {
    match options.raw_get::<Value>(name)? {
        Value::String(_) | Value::Table(_) => {
            Ok(field_texts(lua, options, name)?.unwrap_or_default())
        }
        _ => Ok(Vec::new()),
    }
}

fn time(options: &Table, name: &str) -> Lent<Option<i64>> {
    let found = match options.raw_get::<Value>(name)? {
        Value::Integer(seconds) => Some(seconds),
        Value::Number(seconds) => timestamp::from_seconds(seconds),
        Value::String(text) => timestamp::parse(&text.to_string_lossy()),
        _ => return Ok(None),
    };
    match found {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Fault::new(format!("`{name}` is not a time"))),
    }
}

fn hit_table(lua: &Lua, hit: &Hit) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 10)?;
    table.raw_set("id", hit.id.as_str())?;
    table.raw_set("score", hit.score)?;
    table.raw_set("source", hit.source.as_str())?;
    table.raw_set("source_id", hit.document_id.as_str())?;
    table.raw_set("title", hit.title.as_str())?;
    table.raw_set("source_url", hit.uri.as_deref())?;
    table.raw_set("content_type", hit.media_type.as_str())?;
    table.raw_set("updated_at", hit.modified.map(|at| Timestamp(at).to_string()))?;
    table.raw_set("snippet", hit.snippet.as_str())?;
    table.raw_set("start", hit.span.start)?;
    table.raw_set("end", hit.span.end)?;
    Ok(table)
}

fn get(lua: &Lua, arguments: &Arguments) -> Lent<Table> {
    let id = arguments.text(lua, 1)?;
    match context::get(&id).map_err(fault)? {
        Some(stored) => document_table(lua, &stored),
        None => Err(Fault::of(ErrorKind::NotFound, format!("document not found: {id}"))),
    }
}

fn document_table(lua: &Lua, stored: &Stored) -> Lent<Table> {
    let document = &stored.document;
    let table = lua.create_table_with_capacity(0, 16)?;
    let body: &[u8] = match &document.content {
        Content::Text(text) => text.as_bytes(),
        Content::Bytes(bytes) => bytes,
        Content::Deferred => &[],
    };
    table.raw_set("id", stored.id.as_str())?;
    table.raw_set("source", stored.source.as_str())?;
    table.raw_set("source_id", document.id.as_str())?;
    table.raw_set("version", document.version.as_str())?;
    table.raw_set("title", document.title.as_deref())?;
    table.raw_set("author", document.author.as_deref())?;
    table.raw_set("source_url", document.uri.as_deref())?;
    table.raw_set("content_type", document.media_type.as_str())?;
    table.raw_set("language", document.language.as_deref())?;
    table.raw_set("created_at", document.created.map(|at| Timestamp(at).to_string()))?;
    table.raw_set("updated_at", document.modified.map(|at| Timestamp(at).to_string()))?;
    table.raw_set("metadata", convert::decode(lua, &document.metadata)?)?;
    let chunks = lua.create_table_with_capacity(stored.chunks.len(), 0)?;
    for (index, chunk) in stored.chunks.iter().enumerate() {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        let piece = lua.create_table_with_capacity(0, 3)?;
        piece.raw_set("index", index)?;
        piece.raw_set("text", lua.create_string(body.get(start..end).unwrap_or_default())?)?;
        piece.raw_set("breadcrumbs", chunk.breadcrumbs.clone())?;
        chunks.raw_push(piece)?;
    }
    table.raw_set("chunks", chunks)?;
    table.raw_set("body", lua.create_string(body)?)?;
    Ok(table)
}

fn sources(lua: &Lua) -> Lent<Table> {
    let list = lua.create_table()?;
    for status in context::sources().map_err(fault)? {
        let table = lua.create_table_with_capacity(0, 8)?;
        table.raw_set("name", status.name.as_str())?;
        table.raw_set("source", status.name.as_str())?;
        table.raw_set("extension", status.extension)?;
        table.raw_set("configured", true)?;
        table.raw_set("healthy", status.ready)?;
        table.raw_set("notes", status.note)?;
        table.raw_set("document_count", status.documents)?;
        table.raw_set("chunk_count", status.chunks)?;
        table.raw_set("synced_at", status.synced.map(|at| Timestamp(at).to_string()))?;
        list.raw_push(table)?;
    }
    Ok(list)
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Keyword => "keyword",
        Mode::Semantic => "semantic",
        Mode::Hybrid => "hybrid",
    }
}

fn fault(error: ctx::extension::context::Error) -> Fault {
    match error {
        context::Error::Denied => Fault::of(ErrorKind::Denied, "this source is not granted"),
        context::Error::InvalidQuery(why) => Fault::of(ErrorKind::InvalidInput, why),
        context::Error::Other(why) => Fault::of(ErrorKind::Unavailable, why),
    }
}
