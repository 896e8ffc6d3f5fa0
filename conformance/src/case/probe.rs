//! A guest that misbehaves, and how that must end.

use serde::Deserialize;
use toml::Table;

/// What a hostile guest goes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Cpu,
    Memory,
    Waiting,
    Files,
    Network,
    Identity,
    Loading,
    Lifecycle,
}

impl Class {
    /// Returns the word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Waiting => "waiting",
            Self::Files => "files",
            Self::Network => "network",
            Self::Identity => "identity",
            Self::Loading => "loading",
            Self::Lifecycle => "lifecycle",
        }
    }
}

/// In what language a probe is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Twin {
    Rs,
    Lua,
    /// In none: bytes that the suite makes.
    Made,
}

impl Twin {
    /// Returns the suffix of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs => "rs",
            Self::Lua => "lua",
            Self::Made => "made",
        }
    }
}

/// How a probe is put to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeForm {
    /// Called as a tool.
    Tool,
    /// Walked as a source.
    Scan,
    /// Put into the extensions folder of a host that runs.
    Load,
    /// Put into the cache of compiled code.
    Cache,
}

/// A guest that misbehaves, and how that must end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The name of its files, without suffix; or what the suite makes.
    pub name: String,
    /// Absent for a good citizen.
    pub class: Option<Class>,
    pub form: ProbeForm,
    pub twins: Vec<Twin>,
    /// Ways in which it may end: `ok`, or the words of an outcome.
    pub must: Vec<String>,
    /// What exactly must have been denied, among other things.
    #[serde(default)]
    pub denies: Vec<String>,
    #[serde(default)]
    pub arguments: Table,
    /// Fields that the structured answer must have.
    #[serde(default)]
    pub answer: Table,
    /// Whether a second call must give the same answer for the same fuel.
    #[serde(default)]
    pub repeats: bool,
    /// How many calls are made at once.
    #[serde(default = "one")]
    pub at_once: u32,
    /// The `[requests]` of its manifest.
    #[serde(default)]
    pub requests: Table,
    /// The `limits` that the operator sets.
    #[serde(default)]
    pub limits: Table,
    /// What the operator allows.
    #[serde(default)]
    pub allow: Table,
    /// Whether it is installed as a folder, so that it has one.
    #[serde(default)]
    pub folder: bool,
    /// Files of that folder, with their text.
    #[serde(default)]
    pub files: Table,
    /// Under which names it is installed, if not under its case's.
    #[serde(default)]
    pub installed_as: Vec<String>,
    /// What a person must be told about something that does not load.
    #[serde(default)]
    pub says: String,
    /// What its tool must go by.
    #[serde(default)]
    pub goes_by: String,
    /// Whether links in its folder are turned around while it runs.
    #[serde(default)]
    pub flips: bool,
}

fn one() -> u32 {
    1
}
