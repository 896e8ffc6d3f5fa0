//! What an extension is called, what it is made of, and what it can do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of an extension: `[a-z0-9-]`, 1 to 64 characters.
///
/// Data (kv, checkpoints) belong to the name; grants to name and digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExtensionName(String);

/// A name that breaks the rule for names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a name: use 1 to 64 of a-z, 0-9 and `-`")]
pub struct InvalidName(pub String);

impl ExtensionName {
    /// Checks a name.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(name)) } else { Err(InvalidName(name)) }
    }

    /// Makes a name of a file's stem: lower case, `_`, ` ` and `.` become `-`.
    pub fn from_stem(stem: &str) -> Result<Self, InvalidName> {
        let name: String = stem
            .chars()
            .map(|c| if matches!(c, '_' | ' ' | '.') { '-' } else { c.to_ascii_lowercase() })
            .collect();
        Self::new(name).map_err(|_| InvalidName(stem.to_owned()))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExtensionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ExtensionName {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl TryFrom<String> for ExtensionName {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<ExtensionName> for String {
    fn from(name: ExtensionName) -> Self {
        name.0
    }
}

/// A SHA-256. Of an extension it covers the whole folder and the canonical
/// requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Parses 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// What an extension is made of. Nothing decides by it once it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A WASM component.
    Component,
    /// A core module with the interface of LeanCTX.
    Module,
    /// A script for a prebuilt interpreter component.
    Script,
    /// Part of the program, outside of any sandbox.
    Native,
    /// A prompt that stands in the config.
    Inline,
    /// Programs that a foreign manifest names.
    Commands,
}

impl Form {
    /// Returns the word used in `/v1/capabilities`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "wasm",
            Self::Module => "wasm-abi-v1",
            Self::Script => "lua",
            Self::Native => "native",
            Self::Inline => "toml",
            Self::Commands => "command",
        }
    }
}

/// What an extension does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Connector,
    Tool,
    Agent,
    Resource,
    Completer,
    Extractor,
    Embedder,
    Hook,
    Compressor,
    Chunker,
    ReadMode,
}

impl Role {
    /// All roles, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Connector,
        Self::Tool,
        Self::Agent,
        Self::Resource,
        Self::Completer,
        Self::Extractor,
        Self::Embedder,
        Self::Hook,
        Self::Compressor,
        Self::Chunker,
        Self::ReadMode,
    ];

    /// Returns the words for all of them, for people.
    pub fn listed() -> String {
        let [first @ .., last] = Self::ALL;
        let first: Vec<&str> = first.iter().map(|role| role.as_str()).collect();
        format!("{} and {last}", first.join(", "))
    }

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Tool => "tool",
            Self::Agent => "agent",
            Self::Resource => "resource",
            Self::Completer => "completer",
            Self::Extractor => "extractor",
            Self::Embedder => "embedder",
            Self::Hook => "hook",
            Self::Compressor => "compressor",
            Self::Chunker => "chunker",
            Self::ReadMode => "read-mode",
        }
    }

    /// Finds a role by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an extension was found. A nearer layer shadows the ones behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Shipped inside the binary.
    Bundled,
    /// The user's own folder, for all workspaces.
    User,
    /// The workspace's folder.
    Workspace,
    /// Part of the program that somebody built with extensions of his own.
    Native,
}

impl Layer {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::User => "user",
            Self::Workspace => "workspace",
            Self::Native => "native",
        }
    }
}
