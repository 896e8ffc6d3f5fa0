//! What each kind of server is asked, and how it answers.

use std::time::Duration;

use ctx_sdk::{Error, Result, env, http, secrets};
use serde::Deserialize;
use serde_json::json;

use crate::{Key, Settings};

/// A failure, and how long the server wants to be left alone.
type Failed = (Error, Option<Duration>);

/// A kind of server.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    OpenAi,
    Ollama,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    #[serde(default)]
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct OllamaAnswer {
    embeddings: Vec<Vec<f32>>,
}

impl Provider {
    /// Asks the server once.
    pub(crate) fn ask(
        self,
        settings: &Settings,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, Failed> {
        let request = http::post(self.url(settings.url.as_deref()))
            .timeout(Duration::from_secs(settings.timeout));
        let body = match self {
            Self::OpenAi => json!({
                "model": settings.model, "input": texts, "encoding_format": "float",
            }),
            Self::Ollama => json!({ "model": settings.model, "input": texts }),
        };
        let last = |error: Error| (error, None);
        let mut request = request.json(&body).map_err(last)?;
        if let Some(key) = self.key(settings.key).map_err(last)? {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let answer = request.send().map_err(last)?;
        let wished = answer.header("retry-after").and_then(|wait| wait.trim().parse().ok());
        let answer = answer.check().map_err(|error| (error, wished.map(Duration::from_secs)))?;
        match self {
            Self::OpenAi => answer.json().map(in_order),
            Self::Ollama => answer.json().map(|answer: OllamaAnswer| answer.embeddings),
        }
        .map_err(last)
    }

    fn url(self, url: Option<&str>) -> String {
        let (own, path) = match self {
            Self::OpenAi => ("https://api.openai.com", "/v1/embeddings"),
            Self::Ollama => ("http://localhost:11434", "/api/embed"),
        };
        let url = url.unwrap_or(own).trim_end_matches('/');
        if url.ends_with(path) {
            return url.to_owned();
        }
        // Both ways to write it are common: with the version and without.
        match self {
            Self::OpenAi if url.ends_with("/v1") => format!("{url}/embeddings"),
            _ => format!("{url}{path}"),
        }
    }

    fn key(self, key: Option<Key>) -> Result<Option<String>> {
        match (key, self) {
            (Some(Key::None), _) | (None, Self::Ollama) => Ok(None),
            (Some(Key::Secret), _) => Ok(Some(secrets::get("embeddings-key")?.reveal())),
            (Some(Key::Env), _) | (None, Self::OpenAi) => match env::get("OPENAI_API_KEY")? {
                Some(key) if !key.trim().is_empty() => Ok(Some(key.trim().to_owned())),
                _ => Err(Error::invalid_input(
                    "`OPENAI_API_KEY` is not set; a server without a key wants the setting \
                     `key = \"none\"`",
                )),
            },
        }
    }
}

/// Servers may answer in any order, and number what they answer.
fn in_order(mut answer: OpenAiAnswer) -> Vec<Vec<f32>> {
    answer.data.sort_by_key(|vector| vector.index);
    answer.data.into_iter().map(|vector| vector.embedding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_the_server_or_the_whole_address() {
        let openai = |url| Provider::OpenAi.url(url);
        assert_eq!(openai(None), "https://api.openai.com/v1/embeddings");
        for url in ["http://a/x", "http://a/x/v1", "http://a/x/v1/", "http://a/x/v1/embeddings"] {
            assert_eq!(openai(Some(url)), "http://a/x/v1/embeddings");
        }
        assert_eq!(Provider::Ollama.url(Some("http://a:1/")), "http://a:1/api/embed");
    }

    #[test]
    fn vectors_come_in_the_order_of_their_texts() {
        let vector = |index, number| OpenAiVector { index, embedding: vec![number] };
        let answer = OpenAiAnswer { data: vec![vector(1, 2.0), vector(0, 1.0)] };
        assert_eq!(in_order(answer), [[1.0], [2.0]]);
    }
}
