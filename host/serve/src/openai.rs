//! A model behind `OpenAI`'s chat completions, as many servers speak them. One
//! request for each draft, within its time.

use std::time::Duration;

use async_trait::async_trait;
use ctx_core::ChatModel;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::outbound;

/// Bytes of an answer.
const LARGEST: usize = 4 << 20;

/// A server that speaks chat completions.
pub(crate) struct OpenAi {
    pub(crate) url: String,
    pub(crate) model: String,
    pub(crate) secret: Option<String>,
    pub(crate) timeout: Duration,
}

#[async_trait]
impl ChatModel for OpenAi {
    async fn draft(&self, messages: &[Value]) -> Result<String, String> {
        let asked = tokio::time::timeout(self.timeout, self.ask(messages)).await;
        asked.map_err(|_| format!("it is silent for {} s", self.timeout.as_secs()))?
    }
}

impl OpenAi {
    async fn ask(&self, messages: &[Value]) -> Result<String, String> {
        let url = format!("{}/chat/completions", self.url.trim_end_matches('/'));
        let body = json!({ "model": self.model, "messages": messages }).to_string();
        let mut headers = HeaderMap::new();
        if let Some(secret) = &self.secret {
            let mut value = HeaderValue::from_str(&format!("Bearer {secret}"))
                .map_err(|_| "its secret is none that fits into a header".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let answer = outbound::post(&url, headers, body.into(), LARGEST).await?;
        let answer: Value = serde_json::from_slice(&answer)
            .map_err(|error| format!("its answer is no JSON: {error}"))?;
        let content = &answer["choices"][0]["message"]["content"];
        content.as_str().map(str::to_owned).ok_or_else(|| "its answer has no text".to_owned())
    }
}
