//! A law of transforms: what a guest is given, what it gives, and whether the
//! host may pass that on.

use serde::Deserialize;
use toml::Value;

/// An answer of a transform, and what the host must make of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    pub transform: Transform,
    /// Passages for a compressor; one text for the others.
    pub texts: Vec<String>,
    /// The places of passages that are pinned.
    #[serde(default)]
    pub pinned: Vec<usize>,
    /// The budget in bytes; chunkers have one, and it is large unless given.
    pub bytes: Option<u32>,
    /// The budget in tokens.
    pub tokens: Option<u32>,
    #[serde(default)]
    pub overlap: u32,
    /// What the guest gives, as a script returns it.
    pub gives: Value,
    /// What the host says against it; nothing if it is to be passed on.
    #[serde(default)]
    pub says: String,
}

/// Which transform is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    Compressor,
    Chunker,
    ReadMode,
}
