//! JSON with comments and trailing commas, as editors keep their settings.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Map, Value};

use super::entry::Entry;
use super::settings::Change;

/// Comments and trailing commas, and nothing else that JSON has not.
const FORM: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str) -> Result<CstRootNode, String> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let root = CstRootNode::parse(text, &FORM).map_err(|error| error.to_string())?;
    match root.value() {
        // Comments and nothing else.
        None => drop(root.object_value_or_create()),
        Some(value) if value.as_object().is_some() => {}
        Some(_) => return Err("it holds no object".to_owned()),
    }
    Ok(root)
}

pub(super) fn servers(root: &CstRootNode, section: &str) -> Result<Map<String, Value>, String> {
    let Some(section) = find(root, section)? else { return Ok(Map::new()) };
    match section.to_serde_value() {
        Some(Value::Object(servers)) => Ok(servers),
        _ => Err("its servers cannot be read".to_owned()),
    }
}

pub(super) fn set(
    root: &CstRootNode,
    section: &str,
    name: &str,
    entry: &Entry,
) -> Result<Change, String> {
    let servers = match find(root, section)? {
        Some(servers) => servers,
        None => top(root)?.object_value_or_set(section),
    };
    let Some(found) = only(&servers, name)? else {
        servers.append(name, input(&Value::Object(entry.keys.clone())));
        return Ok(Change::Added);
    };
    let Some(server) = found.object_value() else {
        found.set_value(input(&Value::Object(entry.keys.clone())));
        return Ok(Change::Updated);
    };
    let mut change = Change::Nothing;
    for key in entry.contradicts {
        if let Some(property) = only(&server, key)? {
            property.remove();
            change = Change::Updated;
        }
    }
    for (key, value) in &entry.keys {
        match only(&server, key)? {
            Some(property) if property.to_serde_value().as_ref() == Some(value) => continue,
            Some(property) => property.set_value(input(value)),
            None => drop(server.append(key, input(value))),
        }
        change = Change::Updated;
    }
    Ok(change)
}

pub(super) fn remove(root: &CstRootNode, section: &str, name: &str) -> Result<Change, String> {
    let Some(servers) = find(root, section)? else { return Ok(Change::Nothing) };
    let Some(found) = only(&servers, name)? else { return Ok(Change::Nothing) };
    found.remove();
    Ok(Change::Removed)
}

fn top(root: &CstRootNode) -> Result<CstObject, String> {
    root.object_value().ok_or_else(|| "it holds no object".to_owned())
}

fn find(root: &CstRootNode, section: &str) -> Result<Option<CstObject>, String> {
    match only(&top(root)?, section)? {
        None => Ok(None),
        Some(property) => match property.object_value() {
            Some(object) => Ok(Some(object)),
            None => Err(format!("`{section}` in it is no object")),
        },
    }
}

/// Finds a key. Readers differ in which of two they take.
fn only(object: &CstObject, key: &str) -> Result<Option<jsonc_parser::cst::CstObjectProp>, String> {
    let mut all =
        object.properties().into_iter().filter(|one| one.decoded_name().as_deref() == Some(key));
    match (all.next(), all.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => Err(format!("`{key}` stands in it twice")),
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(list) => CstInputValue::Array(list.iter().map(input).collect()),
        Value::Object(map) => CstInputValue::Object(
            map.iter().map(|(key, value)| (key.clone(), input(value))).collect(),
        ),
    }
}
