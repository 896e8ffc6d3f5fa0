//! `[db]`, `[chunking]`, `[server]` and `[registries.NAME]` of Context
//! Harness. A value that makes no sense is a warning, and the default holds.

use std::collections::BTreeMap;

use ctx_model::Budget;
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
    /// Chunkers by media type, in place of those that are for it.
    pub chunkers: BTreeMap<String, String>,
    /// The compressor for answers of tools over MCP, and their budget.
    pub answers: (Option<String>, Option<Budget>),
    /// Where `ctx serve` listens.
    pub bind: Option<String>,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            database: None,
            chunk: CHUNK,
            chunkers: BTreeMap::new(),
            answers: (None, None),
            bind: None,
        }
    }
}

/// The sections that are read here, each with its keys.
pub(super) const SECTIONS: [(&str, &[&str]); 4] = [
    ("db", &["path"]),
    ("chunking", &["max_tokens", "overlap_tokens", "chunkers"]),
    ("answers", &["compress", "budget"]),
    ("server", &["bind"]),
];

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
            "answers" => self.answers(table, warnings),
            "server" => self.bind = text(table, section, "bind", warnings),
            _ => self.chunking(table, warnings),
        }
    }

    fn answers(&mut self, table: &Table, warnings: &mut Vec<String>) {
        self.answers.0 = text(table, "answers", "compress", warnings);
        let Some(value) = table.get("budget") else { return };
        let budget = match value {
            Value::Integer(tokens) => u32::try_from(*tokens).ok().map(Budget::Tokens),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        self.answers.1 = budget;
        if budget.is_none() {
            warnings.push(
                "`answers.budget` must be a number of tokens or a text such as `8 KiB`".to_owned(),
            );
        }
    }

    fn chunking(&mut self, table: &Table, warnings: &mut Vec<String>) {
        if let Some(value) = table.get("chunkers") {
            let mut is_wrong = !value.is_table();
            for (media_type, name) in value.as_table().into_iter().flatten() {
                match name.as_str() {
                    Some(name) => {
                        self.chunkers.insert(media_type.to_ascii_lowercase(), name.to_owned());
                    }
                    None => is_wrong = true,
                }
            }
            if is_wrong {
                warnings.push(
                    "`chunking.chunkers` must name a chunker for each media type, such as \
                     `{ \"text/csv\" = \"lines\" }`"
                        .to_owned(),
                );
            }
        }
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
