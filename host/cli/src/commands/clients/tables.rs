//! TOML, as Codex keeps its config: changed line by line, and only if the
//! whole then reads as it should and nothing else reads differently.

use serde_json::{Map, Value};
use toml::Table;

use super::entry::Entry;
use super::settings::Change;

pub(super) fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| error.to_string().trim_end().to_owned())
}

pub(super) fn servers(table: &Table, section: &str) -> Result<Map<String, Value>, String> {
    let Some(servers) = find(table, section)? else { return Ok(Map::new()) };
    match serde_json::to_value(servers) {
        Ok(Value::Object(servers)) => Ok(servers),
        _ => Err("its servers cannot be read".to_owned()),
    }
}

pub(super) fn set(
    text: &mut String,
    section: &str,
    name: &str,
    entry: &Entry,
) -> Result<Change, String> {
    let mut wanted = parse(text)?;
    find(&wanted, section)?;
    let servers = wanted.entry(section).or_insert_with(|| Table::new().into());
    let servers = servers.as_table_mut().ok_or_else(|| no_table(section))?;
    let is_new = !servers.contains_key(name);
    let server = servers.entry(name).or_insert_with(|| Table::new().into());
    let server = server.as_table_mut().ok_or_else(|| no_table(name))?;
    let before = server.clone();
    server.retain(|key, _| !entry.contradicts.contains(&key));
    for (key, value) in &entry.keys {
        server.insert(key.clone(), toml_value(value));
    }
    if *server == before && !is_new {
        return Ok(Change::Nothing);
    }
    let lines: String =
        entry.keys.iter().map(|(key, value)| format!("{key} = {}\n", toml_value(value))).collect();
    let header = format!("[{section}.{}]", toml_key(name));
    let changed = if is_new {
        let gap = match text.as_str() {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        Some(format!("{text}{gap}{header}\n{lines}"))
    } else {
        replaced(text, &header, entry, &lines)
    };
    put(text, changed, &wanted, name)?;
    Ok(if is_new { Change::Added } else { Change::Updated })
}

pub(super) fn remove(text: &mut String, section: &str, name: &str) -> Result<Change, String> {
    let mut wanted = parse(text)?;
    find(&wanted, section)?;
    let servers = wanted.get_mut(section).and_then(toml::Value::as_table_mut);
    let Some(servers) = servers else { return Ok(Change::Nothing) };
    if servers.remove(name).is_none() {
        return Ok(Change::Nothing);
    }
    if servers.is_empty() {
        wanted.remove(section);
    }
    let header = format!("[{section}.{}]", toml_key(name));
    let changed = part(text, &header).map(|(begin, _, end)| {
        // The line that was put between us and what came before goes too.
        let before = text[..begin].strip_suffix("\n\n").map_or(begin, |kept| kept.len() + 1);
        format!("{}{}", &text[..before], &text[end..])
    });
    put(text, changed, &wanted, name)?;
    Ok(Change::Removed)
}

/// Takes a change over if it says what is wanted, and nothing else.
fn put(
    text: &mut String,
    changed: Option<String>,
    wanted: &Table,
    name: &str,
) -> Result<(), String> {
    match changed.filter(|changed| parse(changed).is_ok_and(|read| read == *wanted)) {
        Some(changed) => *text = changed,
        None => return Err(format!("`{name}` stands in it in a form that is not ours")),
    }
    Ok(())
}

/// Writes our lines in the place of those that say the same keys or contradict.
fn replaced(text: &str, header: &str, entry: &Entry, lines: &str) -> Option<String> {
    let (_, begin, end) = part(text, header)?;
    let is_ours = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        entry.keys.contains_key(key) || entry.contradicts.contains(&key)
    };
    let kept: String =
        text[begin..end].split_inclusive('\n').filter(|line| !is_ours(line)).collect();
    Some(format!("{}{lines}{kept}{}", &text[..begin], &text[end..]))
}

/// Finds a table: where its header begins, and where its lines begin and end.
/// Comments before the next header belong to that.
fn part(text: &str, header: &str) -> Option<(usize, usize, usize)> {
    let mut at = 0;
    let mut found: Option<(usize, usize, usize)> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if let Some((_, _, end)) = &mut found {
            if bare.starts_with('[') {
                break;
            }
            if !bare.is_empty() && !bare.starts_with('#') {
                *end = at + line.len();
            }
        } else if bare
            .strip_prefix(header)
            .is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with('#'))
        {
            found = Some((at, at + line.len(), at + line.len()));
        }
        at += line.len();
    }
    found
}

fn find<'a>(table: &'a Table, section: &str) -> Result<Option<&'a Table>, String> {
    match table.get(section) {
        None => Ok(None),
        Some(servers) => servers.as_table().map(Some).ok_or_else(|| no_table(section)),
    }
}

fn no_table(key: &str) -> String {
    format!("`{key}` in it is no table")
}

fn toml_key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(is_bare) {
        return name.to_owned();
    }
    toml::Value::from(name).to_string()
}

/// Entries are made of texts and lists of them.
fn toml_value(value: &Value) -> toml::Value {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Array(list) => list.iter().map(toml_value).collect::<Vec<_>>().into(),
        Value::Object(map) => toml::Value::Table(
            map.iter().map(|(key, value)| (key.clone(), toml_value(value))).collect(),
        ),
        Value::Bool(value) => (*value).into(),
        other => other.to_string().into(),
    }
}
