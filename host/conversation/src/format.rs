//! The file: TOML, version 1, read whole and checked before anything runs.
//!
//! What it says is a stranger's word: no path in it leads out of the folder
//! that is made for it, and nothing in it is executed.

mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::Table;

/// The version of the format.
const VERSION: u32 = 1;

/// Bytes of a file.
const LARGEST: usize = 64 << 20;

/// Why a file is no conversation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ConversationError(pub String);

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// The version of the format.
    pub conversation: u32,
    /// What it shows, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The public documents that it was written from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// When it was recorded, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// The extension's file or folder, from this file; absent if this file is in
    /// its folder `tests`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// What the clock says when a step begins.
    #[serde(default = "default_now")]
    pub now: String,
    /// The seed of everything random.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The settings, with placeholders for secrets.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub settings: Table,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// What the extension had kept before.
    #[serde(default, rename = "kv", skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// What is in the folders that it is lent.
    #[serde(default, rename = "file", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Gathered documents that it may ask for by their ids.
    #[serde(default, rename = "document", skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Found>,
    #[serde(default, rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// A value that the extension had kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub bucket: String,
    pub key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// A file in a folder that is lent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The folder, as the extension knows it.
    pub folder: String,
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Its bytes, if nobody read them: then they are zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// One thing that is asked of the extension.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the clock says, if it is later than the conversation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<CallStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<Exchange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Looked>,
    #[serde(default, skip_serializing_if = "Expect::is_empty")]
    pub expect: Expect,
}

/// A sync.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncStep {
    #[serde(default, skip_serializing_if = "is_false")]
    pub full: bool,
    /// At most so many documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    pub tool: String,
    #[serde(default)]
    pub arguments: Table,
}

/// A prompt of an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptStep {
    pub agent: String,
    #[serde(default)]
    pub arguments: Table,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    #[serde(default = "default_method")]
    pub method: String,
    /// The order of its query does not count.
    pub url: String,
    /// Those that must be there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Compared as JSON if both are, and otherwise as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether there is no answer at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unreachable: bool,
    #[serde(default = "default_status")]
    pub status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answer_headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_base64: Option<String>,
}

/// A search of the gathered documents, and what it finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    pub query: String,
    #[serde(default)]
    pub results: Vec<Found>,
}

/// A document that is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub source: String,
    pub id: String,
    #[serde(default)]
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub snippet: String,
    #[serde(default)]
    pub score: f32,
    /// What `context.get` gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What must come of a step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// All that a sync gives, in the order in which it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<ExpectedDocument>>,
    /// Whether there may be documents beside those that are listed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    /// What is stored no more, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// What could not be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<ExpectedSkip>,
    /// In the answer of a tool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text_contains: Vec<String>,
    /// The answer of a tool, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In the structured answer of a tool: each key that is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured: Option<toml::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub system_contains: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages_contains: Vec<String>,
    /// The tools of a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// How long it waited, in seconds, all in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slept: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ExpectedError>,
}

/// A document; each key that is given must match.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedDocument {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Words that must not be in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
    /// Its text, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The SHA-256 of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub metadata: Table,
}

/// A document that could not be given, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSkip {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
}

/// How a step fails.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedError {
    /// A kind of the contract, `refused`, or `stopped`; the last two may say
    /// more: `refused:http`, `stopped:fuel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

impl Conversation {
    /// Reads a file.
    pub fn parse(text: &str) -> Result<Self, ConversationError> {
        if text.len() > LARGEST {
            return Err(ConversationError(format!("it is larger than {} MiB", LARGEST >> 20)));
        }
        let conversation: Self =
            toml::from_str(text).map_err(|error| ConversationError(said(text, &error)))?;
        check::check(&conversation)?;
        Ok(conversation)
    }

    /// Writes a file, with its sections in the order of the format.
    pub fn write(&self) -> Result<String, ConversationError> {
        toml::to_string_pretty(self).map_err(|error| ConversationError(error.to_string()))
    }

    /// Returns what the clock says, in seconds since the epoch.
    pub fn clock(&self, step: &Step) -> i64 {
        let now = step.now.as_deref().unwrap_or(&self.now);
        crate::parse_time(now).unwrap_or_default()
    }
}

impl Expect {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Says what is wrong, and on which line.
fn said(text: &str, error: &toml::de::Error) -> String {
    let message = error.message();
    match error.span() {
        None => message.to_owned(),
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(text);
            format!("line {}: {message}", before.matches('\n').count() + 1)
        }
    }
}

fn default_now() -> String {
    "2026-01-01T00:00:00Z".to_owned()
}

fn default_seed() -> u64 {
    7
}

fn default_method() -> String {
    "GET".to_owned()
}

fn default_status() -> u16 {
    200
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

pub(crate) const fn version() -> u32 {
    VERSION
}

#[cfg(test)]
mod tests;
