//! A case is data: what is claimed, of whom, where the contract says so, and
//! what to do to see whether it holds. The runners are the code behind it.

use std::sync::LazyLock;

use serde::Deserialize;
use toml::Table;

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// Any extension, whatever its roles.
    Extension,
    /// Each tool of an extension.
    Tool,
    /// Each agent of an extension.
    Agent,
    Connector,
    Extractor,
    Embedder,
    /// The host, tried by a probe.
    Host,
}

/// What to do with an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Load,
    DescribeWithoutGrants,
    DescribeTwice,
    ReadDescription,
    CompareDenials,
    CompareHints,
    CallAgainstSchema,
    CallWithExample,
    CallTwice,
    MeasureAnswer,
    PromptWithoutRequired,
    PromptWithExample,
    PromptTwice,
    ScanAgainstSchema,
    ScanWithExample,
    ScanTwice,
    ScanOn,
    ExtractGarbage,
    ExtractTwice,
    EmbedBatch,
    EmbedTwice,
}

/// In what language a probe is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Twin {
    Rs,
    Lua,
}

impl Twin {
    /// Returns the suffix of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs => "rs",
            Self::Lua => "lua",
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
}

/// A guest that misbehaves, and how that must end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The name of its files, without suffix.
    pub name: String,
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
    /// The `[requests]` of its manifest. A script carries its own.
    #[serde(default)]
    pub requests: Table,
    /// The `limits` that the operator sets.
    #[serde(default)]
    pub limits: Table,
    /// What the operator allows.
    #[serde(default)]
    pub allow: Table,
    /// Whether the script is installed as a folder, so that it has one.
    #[serde(default)]
    pub folder: bool,
}

/// One claim.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub id: String,
    pub role: Matter,
    pub claim: String,
    /// An item of the WIT package.
    pub reference: String,
    /// What to do, for claims about extensions.
    pub action: Option<Action>,
    /// Whom to try the host with, for claims about the host.
    pub probe: Option<Probe>,
}

/// Lists files of `cases/` with their text.
macro_rules! table {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../cases/", $path, ".toml")))),+]
    };
}

/// Every case there is, in the order in which they are run.
pub(crate) const TABLE: &[(&str, &str)] = table![
    "extension/loads",
    "extension/no-powers",
    "extension/describes-twice",
    "extension/contract-shape",
    "tool/hints",
    "tool/arguments-schema",
    "tool/answer",
    "tool/determinism",
    "tool/answer-size",
    "agent/arguments-required",
    "agent/prompt",
    "agent/determinism",
    "connector/settings-schema",
    // The first walks of a trial, so it stands before the others.
    "connector/determinism",
    "connector/scan",
    "connector/resumes",
    "extension/asks-first",
    "host/echo",
    "host/clock",
    "host/infinite-loop",
    "host/sleeper",
    "host/memory-bomb",
    "host/deep-recursion",
    "host/pcall-storm",
    "host/trapping",
    "host/oversized-answer",
    "host/deep-json",
    "host/bad-answer",
    "host/log-flood",
    "host/host-call-flood",
    "host/ungranted-http",
    "host/ungranted-env",
    "host/path-escape",
    "host/endless-scan",
    "host/endless-documents",
    "host/idle-pages",
];

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let case = |(_, text): &(&str, &str)| toml::from_str(text).ok();
    TABLE.iter().filter_map(case).collect()
});

/// Returns every case, in the order in which they are run.
pub fn cases() -> &'static [Case] {
    &CASES
}

#[cfg(test)]
mod tests;
