//! The embedder over HTTP: Ollama, or any server that speaks as that
//! of `OpenAI` does.
//! Its settings say which server and which model.

mod patience;
mod provider;

use ctx_sdk::{EmbedRequest, Embedded, Embedder, EmbedderInfo, Error, Result, settings};
use serde::Deserialize;

use provider::Provider;

/// Texts that one request carries, at most: what servers commonly take.
const BATCH: u32 = 256;

struct Embeddings;

/// What the operator sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    provider: Provider,
    /// Where the server is; the provider's own place if absent.
    url: Option<String>,
    model: String,
    /// Numbers of a vector, if that is to be checked.
    dims: Option<usize>,
    /// Seconds to wait for an answer.
    #[serde(default = "thirty")]
    timeout: u64,
    /// How often a request is tried again.
    #[serde(default = "five")]
    retries: u32,
    /// Where the key is.
    key: Option<Key>,
}

/// Where a key for the server is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    /// The server wants none.
    None,
    /// In `OPENAI_API_KEY`.
    Env,
    /// In the secret `embeddings-key`.
    Secret,
}

fn thirty() -> u64 {
    30
}

fn five() -> u32 {
    5
}

impl Embedder for Embeddings {
    fn describe() -> EmbedderInfo {
        EmbedderInfo::new("Texts to vectors, by Ollama or an OpenAI-compatible server", BATCH)
    }

    fn embed(request: EmbedRequest) -> Result<Embedded> {
        let settings: Settings = settings::get()?;
        if request.texts.is_empty() {
            return Ok(Embedded { model: settings.model, vectors: Vec::new() });
        }
        let vectors = patience::with(settings.retries, request.purpose, || {
            settings.provider.ask(&settings, &request.texts)
        })?;
        if let (Some(dims), Some(vector)) = (settings.dims, vectors.first())
            && vector.len() != dims
        {
            return Err(Error::invalid_input(format!(
                "`{}` gives vectors of {} numbers, and the setting `dims` is {dims}",
                settings.model,
                vector.len()
            )));
        }
        Ok(Embedded { model: settings.model, vectors })
    }
}

ctx_sdk::export!(embedder: Embeddings);
