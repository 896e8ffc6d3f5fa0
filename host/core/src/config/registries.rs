//! `[registries.NAME]`: where extensions are found, and whose signatures count.

use std::path::PathBuf;

use ctx_model::{Layer, Registry, Trust};
use toml::{Table, Value};

use super::unknown;

const KEYS: [&str; 8] =
    ["url", "branch", "path", "readonly", "auto_update", "keys", "signed", "unsigned"];

/// Reads the section. What is wrong with a registry is said, and it is left
/// out; the others are read.
pub(super) fn read(value: Value, warnings: &mut Vec<String>) -> Vec<Registry> {
    let Value::Table(all) = value else {
        warnings.push("`registries` must be tables: `[registries.NAME]`".to_owned());
        return Vec::new();
    };
    let mut registries = Vec::new();
    for (name, value) in all {
        unknown(warnings, &format!("registries.{name}"), &value, &KEYS);
        match value {
            Value::Table(table) => match one(&name, &table) {
                Ok(registry) => registries.push(registry),
                Err(why) => warnings.push(format!("`[registries.{name}]` is left out: {why}")),
            },
            _ => warnings.push(format!("`registries.{name}` must be a table")),
        }
    }
    registries
}

fn one(name: &str, table: &Table) -> Result<Registry, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err("a registry's name is letters, digits, `-`, `_` and `.`".to_owned());
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{key}` must be text")),
    };
    let is = |key: &str| match table.get(key) {
        None => Ok(false),
        Some(Value::Boolean(is)) => Ok(*is),
        Some(_) => Err(format!("`{key}` must be true or false")),
    };
    let trust = |key: &str, usual: Trust| match text(key)? {
        None => Ok(usual),
        Some(word) => Trust::parse(&word)
            .ok_or_else(|| format!("`{key}` must be \"allow\", \"ask\" or \"refuse\"")),
    };
    let (url, path) = (text("url")?, text("path")?);
    if url.is_none() && path.is_none() {
        return Err("it needs a `url` or a `path`".to_owned());
    }
    Ok(Registry {
        name: name.to_owned(),
        url,
        branch: text("branch")?,
        path: PathBuf::from(path.unwrap_or_default()),
        readonly: is("readonly")?,
        auto_update: is("auto_update")?,
        keys: super::strings(table.get("keys"), "keys")?,
        signed: trust("signed", Trust::Allow)?,
        unsigned: trust("unsigned", Trust::Ask)?,
        layer: Layer::User,
        is_own_word: false,
    })
}
