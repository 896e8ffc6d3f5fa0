//! One file over https or http, whole and not larger than it may be.

use std::io::Read as _;

use thiserror::Error;
use url::Url;

use crate::address::authorization;
use crate::exchange::{Method, send};

/// Why a file was not had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DownloadError {
    #[error("`{url}` cannot be used: {why}")]
    Address { url: String, why: String },
    #[error("`{url}` cannot be reached: {why}")]
    Unreachable { url: String, why: String },
    #[error("`{url}` sends more than {most} bytes")]
    TooLarge { url: String, most: u64 },
}

/// Downloads a file. Blocks, on no thread of a runtime.
pub fn download(url: &str, most: u64) -> Result<Vec<u8>, DownloadError> {
    let shown = ctx_model::without_user(url);
    let wrong = |why: String| DownloadError::Address { url: shown.clone(), why };
    let mut parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    if !matches!(parsed.scheme(), "https" | "http") {
        return Err(wrong("it is neither https nor http".to_owned()));
    }
    let authorization = authorization(&mut parsed);
    let far = |error: std::io::Error| DownloadError::Unreachable {
        url: shown.clone(),
        why: error.to_string(),
    };
    let answer = send(parsed, &Method::Get, authorization).map_err(far)?;
    let mut bytes = Vec::new();
    answer.take(most + 1).read_to_end(&mut bytes).map_err(far)?;
    if bytes.len() as u64 > most {
        return Err(DownloadError::TooLarge { url: shown, most });
    }
    Ok(bytes)
}
