//! What the config says of searching: who embeds, and how two lists become
//! one. `[embedder]` is ours; `[embedding]`, `[retrieval]` and `[vector_index]`
//! are Context Harness's.

use ctx_store::Fusion;
use toml::{Table, Value};

use super::Allow;

/// The bundled extension that `[embedding]` means.
pub(crate) const BUNDLED: &str = "embeddings";
/// Texts of one call, unless the config says.
const BATCH: usize = 64;
/// Hits of an answer, unless the config or the asker says.
const LIMIT: u32 = 12;
/// Where Ollama listens.
const OLLAMA: &str = "http://localhost:11434";
/// Where `OpenAI` listens.
const OPENAI: &str = "https://api.openai.com";

/// How searches are made.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchConfig {
    pub embedder: Option<EmbedderConfig>,
    /// Why there is none, if the config asks for one that cannot be.
    pub no_embedder: Option<String>,
    pub fusion: Fusion,
    /// Hits of an answer, if the asker does not say.
    pub limit: u32,
}

/// Who embeds.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedderConfig {
    pub extension: String,
    pub settings: Table,
    /// Texts of one call.
    pub batch: usize,
    /// What the section itself grants, once the config is trusted.
    pub(crate) allow: Allow,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self { embedder: None, no_embedder: None, fusion: Fusion::default(), limit: LIMIT }
    }
}

impl SearchConfig {
    /// Reads one section. Returns the keys that it knows.
    pub(crate) fn read(
        &mut self,
        section: &str,
        value: &Value,
    ) -> Result<&'static [&'static str], String> {
        let Some(table) = value.as_table() else {
            return Err(format!("`{section}` must be a table"));
        };
        match section {
            "embedder" => self.embedder(table),
            "embedding" => self.embedding(table),
            "retrieval" => self.retrieval(table),
            _ => vector_index(table),
        }
    }

    fn embedder(&mut self, table: &Table) -> Result<&'static [&'static str], String> {
        let known = &["extension", "settings", "batch_size"];
        let Some(Value::String(extension)) = table.get("extension") else {
            return Err("[embedder] needs `extension = \"…\"`, the one that embeds".to_owned());
        };
        let settings = match table.get("settings") {
            None => Table::new(),
            Some(Value::Table(settings)) => settings.clone(),
            Some(_) => return Err("`embedder.settings` must be a table".to_owned()),
        };
        self.embedder = Some(EmbedderConfig {
            extension: extension.clone(),
            settings,
            batch: count(table, "embedder", "batch_size", 1)?.unwrap_or(BATCH),
            allow: Allow::default(),
        });
        self.no_embedder = None;
        Ok(known)
    }

    fn embedding(&mut self, table: &Table) -> Result<&'static [&'static str], String> {
        let known =
            &["provider", "model", "dims", "batch_size", "max_retries", "timeout_secs", "url"];
        // `[embedder]` is the nearer word, and comes before this one.
        if self.embedder.is_some() {
            return Ok(known);
        }
        let provider = text(table, "embedding", "provider")?.unwrap_or("disabled");
        let (url, env) = match provider {
            "disabled" => return Ok(known),
            "local" => {
                self.no_embedder = Some(
                    "`embedding.provider = \"local\"`: this ctx carries no models; run one with \
                     Ollama and write `provider = \"ollama\"`, with its `model` and `dims`"
                        .to_owned(),
                );
                return Ok(known);
            }
            "openai" => (text(table, "embedding", "url")?.unwrap_or(OPENAI), true),
            "ollama" => (text(table, "embedding", "url")?.unwrap_or(OLLAMA), false),
            other => {
                return Err(format!(
                    "`embedding.provider` is `{other}`, and must be disabled, openai, ollama or \
                     local"
                ));
            }
        };
        let Some(model) = text(table, "embedding", "model")? else {
            return Err(format!("embedding.model is required when provider is '{provider}'"));
        };
        let Some(dims) = count(table, "embedding", "dims", 0)?.filter(|dims| *dims > 0) else {
            return Err(format!("embedding.dims must be > 0 when provider is '{provider}'"));
        };
        let mut settings = Table::new();
        let number = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        settings.insert("provider".to_owned(), Value::String(provider.to_owned()));
        settings.insert("url".to_owned(), Value::String(url.to_owned()));
        settings.insert("model".to_owned(), Value::String(model.to_owned()));
        settings.insert("dims".to_owned(), number(dims));
        for (theirs, ours) in [("max_retries", "retries"), ("timeout_secs", "timeout")] {
            if let Some(given) = count(table, "embedding", theirs, 0)? {
                settings.insert(ours.to_owned(), number(given));
            }
        }
        self.embedder = Some(EmbedderConfig {
            extension: BUNDLED.to_owned(),
            settings,
            batch: count(table, "embedding", "batch_size", 1)?.unwrap_or(BATCH),
            allow: Allow {
                http: vec![origin(url)?],
                env: if env { vec!["OPENAI_API_KEY".to_owned()] } else { Vec::new() },
                ..Allow::default()
            },
        });
        Ok(known)
    }

    fn retrieval(&mut self, table: &Table) -> Result<&'static [&'static str], String> {
        if let Some(alpha) = table.get("hybrid_alpha") {
            #[expect(clippy::cast_precision_loss, reason = "0 and 1 are exact")]
            let alpha = alpha.as_float().or(alpha.as_integer().map(|whole| whole as f64));
            let Some(alpha) = alpha.filter(|alpha| (0.0..=1.0).contains(alpha)) else {
                return Err("retrieval.hybrid_alpha must be in [0, 1]".to_owned());
            };
            #[expect(clippy::cast_possible_truncation, reason = "a weight needs no more")]
            let alpha = alpha as f32;
            self.fusion.alpha = alpha;
        }
        let keyword = count(table, "retrieval", "candidate_k_keyword", 1)?;
        let semantic = count(table, "retrieval", "candidate_k_vector", 1)?;
        self.fusion.keyword = keyword.unwrap_or(self.fusion.keyword).min(MOST);
        self.fusion.semantic = semantic.unwrap_or(self.fusion.semantic).min(MOST);
        if let Some(limit) = count(table, "retrieval", "final_limit", 1)? {
            self.limit = u32::try_from(limit).unwrap_or(u32::MAX);
        }
        Ok(&[
            "hybrid_alpha",
            "candidate_k_keyword",
            "candidate_k_vector",
            "final_limit",
            "group_by",
            "doc_agg",
            "max_chunks_per_doc",
        ])
    }
}

/// Documents that a list looks at, at most.
const MOST: usize = 10_000;

/// Checks what is asked of an index of vectors. Ours is exact and needs none.
fn vector_index(table: &Table) -> Result<&'static [&'static str], String> {
    for (key, may) in [
        ("backend", &["auto", "zvec", "sqlite", "disabled"][..]),
        ("metric", &["cosine"]),
        ("index", &["hnsw", "flat"]),
        ("fallback", &["sqlite", "disabled"]),
    ] {
        let given = text(table, "vector_index", key)?;
        if let Some(given) = given.filter(|given| !may.contains(given)) {
            let may = may.join(", ");
            return Err(format!("`vector_index.{key}` is `{given}`, and must be one of {may}"));
        }
    }
    Ok(&["backend", "path", "metric", "index", "fallback"])
}

/// Returns the part of a URL that a grant names.
fn origin(url: &str) -> Result<String, String> {
    let wrong = || format!("`embedding.url` is `{url}`, and must begin with http:// or https://");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let origin = format!("{scheme}://{host}");
    origin.parse::<ctx_model::HostPattern>().map_err(|_| wrong())?;
    if host.starts_with('*') { Err(wrong()) } else { Ok(origin) }
}

fn text<'a>(table: &'a Table, section: &str, key: &str) -> Result<Option<&'a str>, String> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{section}.{key}` must be a string")),
    }
}

fn count(table: &Table, section: &str, key: &str, least: usize) -> Result<Option<usize>, String> {
    let Some(value) = table.get(key) else { return Ok(None) };
    let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
    match number.filter(|number| *number >= least) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("`{section}.{key}` must be a whole number, at least {least}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn read(text: &str) -> Result<SearchConfig, String> {
        let mut config = SearchConfig::default();
        for (section, value) in text.parse::<Table>().unwrap() {
            config.read(&section, &value)?;
        }
        Ok(config)
    }

    #[test]
    fn a_provider_of_context_harness_is_the_bundled_embedder() {
        let config = read(
            "[embedding]\nprovider = 'ollama'\nmodel = 'all-minilm'\ndims = 384\nmax_retries = 2\n\
             [retrieval]\nhybrid_alpha = 1\nfinal_limit = 5\n[vector_index]\nbackend = 'zvec'",
        );
        let config = config.unwrap();
        let embedder = config.embedder.unwrap();
        assert_eq!(embedder.extension, "embeddings");
        assert_eq!(embedder.allow.http, ["http://localhost:11434"]);
        assert!(embedder.allow.env.is_empty());
        assert_eq!(embedder.batch, 64);
        assert_eq!(embedder.settings["retries"].as_integer(), Some(2));
        assert!((config.fusion.alpha - 1.0).abs() < f32::EPSILON);
        assert_eq!(config.limit, 5);
    }

    #[test]
    fn only_a_key_and_the_host_of_the_url_are_granted() {
        let config = read(
            "[embedding]\nprovider = 'openai'\nmodel = 'm'\ndims = 3\nurl = 'http://[::1]:80/x?y'",
        );
        let allow = config.unwrap().embedder.unwrap().allow;
        assert_eq!(allow.http, ["http://[::1]:80"]);
        assert_eq!(allow.env, ["OPENAI_API_KEY"]);
    }

    #[test]
    fn local_models_are_not_carried_and_it_says_what_to_do() {
        let config = read("[embedding]\nprovider = 'local'").unwrap();
        assert!(config.embedder.is_none());
        assert!(config.no_embedder.unwrap().contains("provider = \"ollama\""));
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for wrong in [
            "[embedding]\nprovider = 'x'",
            "[embedding]\nprovider = 'openai'",
            "[embedding]\nprovider = 'openai'\nmodel = 'm'\ndims = 0",
            "[embedding]\nprovider = 'ollama'\nmodel = 'm'\ndims = 3\nurl = 'ftp://x'",
            "[embedding]\nprovider = 'ollama'\nmodel = 'm'\ndims = 3\nurl = 'http://*.x'",
            "[retrieval]\nhybrid_alpha = 2",
            "[retrieval]\nfinal_limit = 0",
            "[vector_index]\nmetric = 'dot'",
            "[embedder]\nsettings = {}",
            "embedding = 5",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
