//! `[db]`, `[chunking]`, `[server]` and `[registries.NAME]` of Context
//! Harness. A value that makes no sense is a warning, and the default holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::{Table, Value};

use super::answers::{self, Answers};
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
    /// The same for documents of one source, by its name; `*/*` is any type.
    pub source_chunkers: BTreeMap<String, BTreeMap<String, String>>,
    /// How answers are wanted.
    pub answers: Arc<Answers>,
    /// Where `ctx serve` listens.
    pub bind: Option<String>,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            database: None,
            chunk: CHUNK,
            chunkers: BTreeMap::new(),
            source_chunkers: BTreeMap::new(),
            answers: Arc::default(),
            bind: None,
        }
    }
}

/// The sections that are read here, each with its keys.
pub(super) const SECTIONS: [(&str, &[&str]); 4] = [
    ("db", &["path"]),
    ("chunking", &["max_tokens", "overlap_tokens", "chunkers", "sources"]),
    ("answers", answers::KEYS),
    ("server", &["bind"]),
];

impl Engine {
    /// Returns the chunker that the config names for a document of a source:
    /// what it says of the source comes before what it says of all.
    pub fn chunker(&self, source: &str, media_type: &str) -> Option<&str> {
        let own = self.source_chunkers.get(source).into_iter().chain([&self.chunkers]);
        let mut named =
            own.filter_map(|chunkers| chunkers.get(media_type).or_else(|| chunkers.get(ANY)));
        named.next().map(String::as_str)
    }

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
            "answers" => self.answers = Arc::new(Answers::read(table, warnings)),
            "server" => self.bind = text(table, section, "bind", warnings),
            _ => self.chunking(table, warnings),
        }
    }

    fn chunking(&mut self, table: &Table, warnings: &mut Vec<String>) {
        if let Some(value) = table.get("chunkers") {
            self.chunkers = by_media_type(value, "chunking.chunkers", warnings);
        }
        match table.get("sources") {
            None => {}
            Some(Value::Table(sources)) => {
                for (source, value) in sources {
                    let place = format!("chunking.sources.{source}");
                    let chunkers = match value {
                        Value::String(name) => BTreeMap::from([(ANY.to_owned(), name.clone())]),
                        value => by_media_type(value, &place, warnings),
                    };
                    self.source_chunkers.insert(source.clone(), chunkers);
                }
            }
            Some(_) => warnings.push(
                "`chunking.sources` must name a chunker for each source, such as \
                 `{ notes = \"paragraph\" }`"
                    .to_owned(),
            ),
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

/// Any media type.
const ANY: &str = "*/*";

fn by_media_type(
    value: &Value,
    place: &str,
    warnings: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let mut chunkers = BTreeMap::new();
    let mut is_wrong = !value.is_table();
    for (media_type, name) in value.as_table().into_iter().flatten() {
        match name.as_str() {
            Some(name) => {
                chunkers.insert(media_type.to_ascii_lowercase(), name.to_owned());
            }
            None => is_wrong = true,
        }
    }
    if is_wrong {
        warnings.push(format!(
            "`{place}` must name a chunker for each media type, such as \
             `{{ \"text/csv\" = \"lines\" }}`"
        ));
    }
    chunkers
}

pub(super) fn text(
    table: &Table,
    section: &str,
    key: &str,
    warnings: &mut Vec<String>,
) -> Option<String> {
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
