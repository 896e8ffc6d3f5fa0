//! `http`: requests through the host's outgoing handler.
//!
//! This file reads what the script asked for and shows what came back;
//! `exchange` does it and `url` takes addresses apart.

mod exchange;
mod url;

use std::time::Duration;

use mlua::{Lua, LuaString, Table, Value};

use crate::bindings::wasi::http::types::Method;
use crate::convert;
use crate::failure::Fault;
use crate::lend::{Lent, Module, field_bytes, field_text};

use exchange::{Reply, Request};

/// How long an exchange takes at most, unless the script says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The verbs: their name, their method, and whether a body stands before the
/// options.
const VERBS: [(&str, &str, bool); 6] = [
    ("get", "GET", false),
    ("head", "HEAD", false),
    ("delete", "DELETE", false),
    ("post", "POST", true),
    ("put", "PUT", true),
    ("patch", "PATCH", true),
];

pub(super) fn install(lua: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module
        .lend("escape", |lua, arguments| Ok(url::escape(&arguments.bytes(lua, 1)?.as_bytes())))?;
    module.lend("query", |lua, arguments| match arguments.optional_table(1)? {
        Some(params) => query(lua, &params),
        None => Ok(String::new()),
    })?;
    let parsing = lua.create_table()?;
    parsing.raw_set("__index", lua.create_function(parse_json)?)?;
    for (name, method, has_body) in VERBS {
        let parsing = parsing.clone();
        module.lend(name, move |lua, arguments| {
            let address = arguments.text(lua, 1)?;
            let (body, options) = match (has_body, arguments.value(2)) {
                (false, _) => (None, arguments.optional_table(2)?),
                (true, Value::Nil) => (None, arguments.optional_table(3)?),
                // A table in place of the body is the options.
                (true, Value::Table(options)) if arguments.value(3).is_nil() => {
                    (None, Some(options.clone()))
                }
                (true, _) => (Some(arguments.bytes(lua, 2)?), arguments.optional_table(3)?),
            };
            let table = request(lua, method, address, body, options.as_ref())?;
            table.set_metatable(Some(parsing.clone()))?;
            Ok(table)
        })?;
    }
    module.lend("request", move |lua, arguments| {
        let (method, address) = (arguments.text(lua, 1)?, arguments.text(lua, 2)?);
        let options = arguments.optional_table(3)?;
        let table = request(lua, &method, address, None, options.as_ref())?;
        table.set_metatable(Some(parsing.clone()))?;
        Ok(table)
    })
}

/// `response.json`: parsed when it is first looked at, and kept.
fn parse_json(lua: &Lua, (response, key): (Table, Value)) -> mlua::Result<Value> {
    if key.as_string().is_none_or(|key| key != "json") {
        return Ok(Value::Nil);
    }
    response.set_metatable(None)?;
    let body: LuaString = response.raw_get("body")?;
    let parsed = match body.to_str() {
        Ok(body) => convert::decode(lua, &body).unwrap_or_default(),
        Err(_) => Value::Nil,
    };
    response.raw_set("json", &parsed)?;
    Ok(parsed)
}

fn request(
    lua: &Lua,
    method: &str,
    mut address: String,
    mut body: Option<LuaString>,
    options: Option<&Table>,
) -> Lent<Table> {
    let mut headers = Vec::new();
    let mut timeout = TIMEOUT;
    let mut redirects = true;
    if let Some(options) = options {
        if let Value::Table(params) = options.raw_get::<Value>("params")? {
            address = url::with_query(&address, &query(lua, &params)?);
        }
        if let Value::Table(table) = options.raw_get::<Value>("headers")? {
            headers = header_list(lua, &table)?;
        }
        if body.is_none() {
            body = field_bytes(lua, options, "body")?;
        }
        let json: Value = options.raw_get("json")?;
        if !json.is_nil() {
            body = Some(lua.create_string(convert::encode(lua, &json)?)?);
            default_header(&mut headers, "content-type", "application/json");
        }
        timeout = duration(lua, options)?.unwrap_or(TIMEOUT);
        redirects = options.raw_get::<Option<bool>>("redirects")?.unwrap_or(true);
    }
    default_header(&mut headers, "user-agent", concat!("ctx-lua/", env!("CARGO_PKG_VERSION")));
    let asked = address.clone();
    let request = Request {
        method: method_of(method),
        url: address,
        headers,
        body: body.map(|body| body.as_bytes().to_vec()).unwrap_or_default(),
        timeout,
        redirects,
    };
    let reply = exchange::run(request).map_err(|fault| {
        // The words of Context Harness, which scripts look for.
        let text =
            format!("HTTP {} {asked} failed: {}", method.to_ascii_uppercase(), fault.message);
        fault.named(text)
    })?;
    reply_table(lua, reply)
}

fn reply_table(lua: &Lua, reply: Reply) -> Lent<Table> {
    let headers = lua.create_table()?;
    for (name, value) in reply.headers {
        // Values of one name are one list (RFC 9110, 5.2).
        let value = match headers.raw_get::<Option<LuaString>>(name.as_str())? {
            Some(before) => [&*before.as_bytes(), b", ", &value].concat(),
            None => value,
        };
        headers.raw_set(name, lua.create_string(value)?)?;
    }
    let table = lua.create_table_with_capacity(0, 6)?;
    table.raw_set("status", reply.status)?;
    table.raw_set("ok", (200..300).contains(&reply.status))?;
    table.raw_set("url", reply.url)?;
    table.raw_set("headers", headers)?;
    table.raw_set("body", lua.create_string(reply.body)?)?;
    Ok(table)
}

fn header_list(lua: &Lua, table: &Table) -> Lent<Vec<(String, Vec<u8>)>> {
    let mut headers = Vec::new();
    for pair in table.pairs::<Value, Value>() {
        let (name, value) = pair?;
        let texts = (lua.coerce_string(name)?, lua.coerce_string(value)?);
        let (Some(name), Some(value)) = texts else {
            return Err(Fault::new("`headers` must be a table of strings"));
        };
        headers.push((name.to_string_lossy().to_ascii_lowercase(), value.as_bytes().to_vec()));
    }
    headers.sort();
    Ok(headers)
}

fn default_header(headers: &mut Vec<(String, Vec<u8>)>, name: &str, value: &str) {
    if headers.iter().all(|(present, _)| present != name) {
        headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
}

/// Returns `a=1&b=2`, by name. A list as a value repeats the name.
fn query(lua: &Lua, params: &Table) -> Lent<String> {
    let mut pairs = Vec::new();
    for pair in params.pairs::<Value, Value>() {
        let (name, value) = pair?;
        let Some(name) = lua.coerce_string(name)? else {
            return Err(Fault::new("a name in `params` must be a string"));
        };
        match value {
            Value::Table(list) => {
                for place in 1..=list.raw_len() {
                    pairs.push((name.clone(), parameter(lua, list.raw_get(place)?)?));
                }
            }
            one => pairs.push((name, parameter(lua, one)?)),
        }
    }
    // Stable: the values of one name keep their order.
    pairs.sort_by_key(|(name, _)| name.as_bytes().to_vec());
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", url::escape(&name.as_bytes()), url::escape(&value)))
        .collect();
    Ok(pairs.join("&"))
}

fn parameter(lua: &Lua, value: Value) -> Lent<Vec<u8>> {
    if let Value::Boolean(flag) = value {
        return Ok(flag.to_string().into_bytes());
    }
    match lua.coerce_string(value)? {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(Fault::new("a value in `params` must be a string, a number or a boolean")),
    }
}

fn duration(lua: &Lua, options: &Table) -> Lent<Option<Duration>> {
    let Some(text) = field_text(lua, options, "timeout")? else { return Ok(None) };
    match text.parse().ok().and_then(super::time::nanoseconds) {
        Some(nanoseconds) => Ok(Some(Duration::from_nanos(nanoseconds))),
        None => Err(Fault::new(format!("{text} is not a number of seconds for `timeout`"))),
    }
}

fn method_of(name: &str) -> Method {
    match name.to_ascii_uppercase().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}
