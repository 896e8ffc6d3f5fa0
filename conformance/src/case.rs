//! A case is data: what is claimed, of whom, where the contract says so, and
//! what to do to see whether it holds. The runners are the code behind it.

mod probe;

use std::sync::LazyLock;

use serde::Deserialize;

pub use probe::{Class, Probe, ProbeForm, Twin};

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
    /// What an extension holds.
    Resource,
    Completer,
    Extractor,
    Embedder,
    /// Each phase that an extension takes part in.
    Hook,
    /// Each compressor of an extension.
    Compressor,
    /// Each chunker of an extension.
    Chunker,
    /// Each read-mode of an extension.
    ReadMode,
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
    ReadListed,
    ReadNobodys,
    ReadTwice,
    CompleteAnything,
    ExtractGarbage,
    ExtractTwice,
    EmbedBatch,
    EmbedTwice,
    HookEachPhase,
    HookTwice,
    CompressPlain,
    CompressWithin,
    CompressPinned,
    CompressAgain,
    CompressTwice,
    CompressLarge,
    ChunkLaws,
    ChunkTwice,
    ChunkLarge,
    ViewLaws,
    ViewTwice,
    ViewLarge,
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
    "resource/reads",
    "resource/nobodys",
    "resource/determinism",
    "completer/anything",
    "extractor/garbage",
    "extractor/determinism",
    "embedder/batch",
    "embedder/determinism",
    "hook/answers",
    "hook/determinism",
    "compressor/works",
    "compressor/budget",
    "compressor/pinned",
    "compressor/idempotent",
    "compressor/determinism",
    "compressor/large",
    "chunker/spans",
    "chunker/determinism",
    "chunker/large",
    "read-mode/budget",
    "read-mode/determinism",
    "read-mode/large",
    "extension/asks-first",
    "host/echo",
    "host/clock",
    "host/infinite-loop",
    "host/deep-recursion",
    "host/pcall-storm",
    "host/host-call-flood",
    "host/busy-workers",
    "host/bulk-fill",
    "host/lying-comparator",
    "host/coroutine-storm",
    "host/coroutine-nest",
    "host/pattern-backtracking",
    "host/finalizer-loop",
    "host/close-loop",
    "host/handler-recursion",
    "host/metamethod-recursion",
    "host/costly-schema",
    "host/start-loop",
    "host/doubling-schema",
    "host/memory-bomb",
    "host/oversized-answer",
    "host/deep-json",
    "host/log-flood",
    "host/string-doubling",
    "host/table-flood",
    "host/huge-allocation",
    "host/small-steps",
    "host/huge-line",
    "host/handle-flood",
    "host/bucket-flood",
    "host/huge-words",
    "host/many-denials",
    "host/huge-error",
    "host/stderr-flood",
    "host/kv-flood",
    "host/wide-json",
    "host/page-bomb",
    "host/start-memory",
    "host/start-table",
    "host/huge-memory",
    "host/huge-table",
    "host/several-memories",
    "host/many-memories",
    "host/many-tables",
    "host/sleeper",
    "host/sleep-forever",
    "host/naps",
    "host/trickle",
    "host/silent",
    "host/slow-head",
    "host/slow-names",
    "host/many-slow-names",
    "host/many-silences",
    "host/endless-body",
    "host/endless-head",
    "host/many-headers",
    "host/garbage",
    "host/crowd",
    "host/path-escape",
    "host/absolute-paths",
    "host/dots",
    "host/links-out",
    "host/links-in",
    "host/links-in-circles",
    "host/trailing-slashes",
    "host/folder-in-capitals",
    "host/folder-by-path",
    "host/names-with-nul",
    "host/names-with-newlines",
    "host/special-files",
    "host/huge-file",
    "host/hard-links",
    "host/turning-links",
    "host/ambient-files",
    "host/undeclared-folder",
    "host/ungranted-http",
    "host/undeclared-http",
    "host/wildcard-parents",
    "host/other-ports",
    "host/other-schemes",
    "host/unknown-schemes",
    "host/named-port-only",
    "host/loopback",
    "host/loopback-v6",
    "host/private-networks",
    "host/link-local",
    "host/metadata",
    "host/mapped-addresses",
    "host/odd-numbers",
    "host/mixed-addresses",
    "host/rebinding",
    "host/redirects-to-private",
    "host/redirects-to-others",
    "host/redirects-to-ports",
    "host/redirects-to-schemes",
    "host/redirects-to-files",
    "host/redirects-in-circles",
    "host/header-lines",
    "host/header-names",
    "host/host-headers",
    "host/smuggled-requests",
    "host/paths-with-lines",
    "host/methods-with-lines",
    "host/users-in-addresses",
    "host/raw-authorities",
    "host/sockets",
    "host/keeper",
    "host/ungranted-env",
    "host/colliding-names",
    "host/colliding-dots",
    "host/names-with-paths",
    "host/shadowed-tool",
    "host/other-kv",
    "host/other-secrets",
    "host/secrets-by-path",
    "host/other-sources",
    "host/blabbing",
    "host/injected-secrets",
    "host/empty-file",
    "host/no-wasm",
    "host/core-module",
    "host/truncated",
    "host/garbled",
    "host/too-large",
    "host/other-contract",
    "host/unknown-import",
    "host/start-trap",
    "host/many-functions",
    "host/deep-blocks",
    "host/huge-function",
    "host/deep-types",
    "host/wide-types",
    "host/deep-components",
    "host/component-bomb",
    "host/planted-code",
    "host/planted-entry",
    "host/flipped-code",
    "host/cut-code",
    "host/unsealed-code",
    "host/foreign-code",
    "host/open-cache",
    "host/bytecode",
    "host/trapping",
    "host/bad-answer",
    "host/endless-scan",
    "host/endless-documents",
    "host/idle-pages",
    "host/describe-trap",
    "host/describe-loop",
    "host/describe-sleep",
    "host/describe-flood",
    "host/describe-anew",
    "host/stuck-checkpoint",
    "host/to-and-fro",
    "host/changing",
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
