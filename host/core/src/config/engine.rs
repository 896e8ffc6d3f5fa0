//! `[db]`, `[chunking]`, `[server]` and `[registries.NAME]` of Context
//! Harness. A value that makes no sense is a warning, and the default holds.

use toml::{Table, Value};

use super::unknown;

/// Bytes of a chunk, unless the config says: 700 tokens of four bytes.
const CHUNK: usize = 2800;

/// Bytes of a token, as Context Harness counts them.
const TOKEN: usize = 4;

/// What the config says of the machinery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Where the database is, as written.
    pub database: Option<String>,
    /// Bytes of a chunk.
    pub chunk: usize,
    /// Where `ctx serve` listens.
    pub bind: Option<String>,
}

impl Default for Engine {
    fn default() -> Self {
        Self { database: None, chunk: CHUNK, bind: None }
    }
}

/// The sections that are read here, each with its keys.
pub(super) const SECTIONS: [(&str, &[&str]); 3] =
    [("db", &["path"]), ("chunking", &["max_tokens", "overlap_tokens"]), ("server", &["bind"])];

impl Engine {
    /// Reads a section.
    pub(super) fn read(&mut self, section: &str, value: &Value, warnings: &mut Vec<String>) {
        let Some((_, keys)) = SECTIONS.iter().find(|(name, _)| *name == section) else { return };
        let Some(table) = value.as_table() else {
            warnings.push(format!("`{section}` must be a table, and is passed over"));
            return;
        };
        unknown(warnings, section, value, keys);
        match section {
            "db" => self.database = text(table, section, "path", warnings),
            "server" => self.bind = text(table, section, "bind", warnings),
            _ => self.chunking(table, warnings),
        }
    }

    fn chunking(&mut self, table: &Table, warnings: &mut Vec<String>) {
        let Some(value) = table.get("max_tokens") else { return };
        let tokens = value.as_integer().and_then(|tokens| usize::try_from(tokens).ok());
        match tokens.filter(|tokens| *tokens > 0) {
            Some(tokens) => self.chunk = tokens.saturating_mul(TOKEN),
            None => warnings.push(format!(
                "`chunking.max_tokens` must be > 0; {} is used instead",
                CHUNK / TOKEN
            )),
        }
    }
}

fn text(table: &Table, section: &str, key: &str, warnings: &mut Vec<String>) -> Option<String> {
    match table.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => {
            warnings.push(format!(
                "`{section}.{key}` must be a string that is not empty, and is passed over"
            ));
            None
        }
    }
}
