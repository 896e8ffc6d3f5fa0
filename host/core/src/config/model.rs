//! `[model]`: who drafts the answer of a turn.

use std::time::Duration;

use ctx_model::seconds;
use serde::Deserialize;
use toml::Value;

/// Who drafts the answer of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ModelConfig {
    /// Says what was said: for trying things out.
    #[default]
    Echo,
    /// The same, after a while: for measuring.
    FixedDelay(Duration),
    /// A server that speaks `OpenAI`'s chat completions.
    OpenAi {
        /// Up to `/v1`.
        url: String,
        model: String,
        /// The name of the secret that opens it, if it wants one.
        secret: Option<String>,
        timeout: Duration,
    },
}

/// Keys of the section.
pub(super) const KEYS: [&str; 6] = ["backend", "delay", "url", "model", "secret", "timeout"];

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    backend: Option<String>,
    delay: Option<String>,
    url: Option<String>,
    model: Option<String>,
    secret: Option<String>,
    timeout: Option<String>,
}

impl ModelConfig {
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let written: Written =
            value.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let time = |text: Option<String>, otherwise: &str| {
            let text = text.unwrap_or_else(|| otherwise.to_owned());
            seconds(&text).ok_or_else(|| format!("`{text}` is no duration such as \"300ms\""))
        };
        match written.backend.as_deref() {
            None | Some("echo") => Ok(Self::Echo),
            Some("fixed-delay") => Ok(Self::FixedDelay(time(written.delay, "300ms")?)),
            Some("openai") => Ok(Self::OpenAi {
                url: written
                    .url
                    .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
                    .ok_or("`openai` needs a `url`, for example \"http://127.0.0.1:11434/v1\"")?,
                model: written.model.ok_or("`openai` needs a `model`")?,
                secret: written.secret,
                timeout: time(written.timeout, "60s")?,
            }),
            Some(other) => {
                Err(format!("backend = \"{other}\"; there are echo, fixed-delay and openai"))
            }
        }
    }

    /// Returns its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::FixedDelay(_) => "fixed-delay",
            Self::OpenAi { .. } => "openai",
        }
    }
}
