//! What each part of this program promises: how stable it is, and which
//! version of it this is. A part is a field of `/v1/capabilities`, a role of
//! the contract, or an interface that somebody else builds on.

use std::collections::BTreeMap;

use ctx_model::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::capabilities::{CONTRACT_VERSION, EXTENSION};

/// How far a part can be built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stability {
    /// Never changes, not even by growing: somebody else wrote it down.
    Frozen,
    /// Grows, and takes nothing back within its version.
    Stable,
    /// May change with any release; the changelog says how.
    Experimental,
    /// Goes with a later version; what takes its place is there.
    Deprecated,
}

impl Stability {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Stable => "stable",
            Self::Experimental => "experimental",
            Self::Deprecated => "deprecated",
        }
    }
}

/// What a part promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Part {
    pub stability: Stability,
    /// Raised when something is taken back or changes its meaning.
    pub version: String,
}

/// Fields of `/v1/capabilities`. A test holds them against its schema.
const FIELDS: [&str; 9] = [
    "contract_version",
    "schema",
    "server",
    "engine",
    "transports",
    "contracts",
    "parts",
    "extensions",
    "installed",
];

/// What others build on, beside the fields and the roles.
const INTERFACES: [(&str, Stability, &str); 19] = [
    ("answers", Stability::Experimental, "1"),
    ("cli", Stability::Experimental, "1"),
    ("config", Stability::Experimental, "1"),
    ("conformance", Stability::Experimental, "1"),
    ("ctx.lock", Stability::Experimental, "1"),
    ("engine.allocation", Stability::Experimental, "1"),
    ("engine.interpreters", Stability::Stable, "1"),
    ("engine.tokenizer", Stability::Stable, "1"),
    ("exit-codes", Stability::Stable, "1"),
    ("hook-phases", Stability::Experimental, "1"),
    ("manifest", Stability::Experimental, "1"),
    ("mcp", Stability::Stable, "2026-07-28"),
    ("metrics", Stability::Experimental, "1"),
    ("plugin.toml", Stability::Frozen, "1"),
    ("problem-codes", Stability::Stable, "1"),
    ("registry-index", Stability::Experimental, "1"),
    ("rest", Stability::Stable, "1"),
    ("state-transactions", Stability::Experimental, "1"),
    ("wasm-abi-v1", Stability::Frozen, "1"),
];

/// Lists every part by its name.
pub(super) fn all() -> BTreeMap<String, Part> {
    let part = |stability, version: &str| Part { stability, version: version.to_owned() };
    let version = CONTRACT_VERSION.to_string();
    let fields = FIELDS
        .into_iter()
        .map(|name| (format!("capabilities.{name}"), part(Stability::Stable, &version)));
    // The contract is unstable until its first release, and so is each role.
    let roles = Role::ALL
        .into_iter()
        .map(|role| (format!("role.{role}"), part(Stability::Experimental, EXTENSION)));
    let interfaces = INTERFACES
        .into_iter()
        .map(|(name, stability, version)| (name.to_owned(), part(stability, version)));
    let mut parts: BTreeMap<String, Part> = fields.chain(roles).chain(interfaces).collect();
    parts.insert("ctx:extension".to_owned(), part(Stability::Experimental, EXTENSION));
    parts
}
