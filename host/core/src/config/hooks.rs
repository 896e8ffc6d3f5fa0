//! What the operator says of hooks: their order, what they may see, how strict
//! to be, and what is different for one extension.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

/// `[extensions]`, as far as it is about hooks.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct HookPolicy {
    /// Names of extensions that are loaded; empty means all that are not
    /// denied.
    pub allow: Vec<String>,
    /// Extensions in the order in which their hooks run. All others follow.
    pub order: Vec<String>,
    /// Capabilities that may be granted at all; empty means all of them.
    pub capability_allowlist: Vec<String>,
    /// Classes of data that hooks may see, if they ask.
    pub data_class_allowlist: Vec<String>,
    /// Whether what is wrong with a manifest and harms nothing is passed over.
    pub fail_open: bool,
    /// Whether whatever is wrong with an extension stops everything.
    pub strict_mode: bool,
    pub performance: Performance,
    /// By the name of an extension.
    pub overrides: BTreeMap<String, HookOverride>,
}

/// How much slower hooks may make what they are part of.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub struct Performance {
    pub warn_percent: f64,
    pub fail_percent: f64,
}

impl Default for Performance {
    fn default() -> Self {
        // Below five nobody notices; above seven somebody does.
        Self { warn_percent: 5.0, fail_percent: 7.0 }
    }
}

/// What is different for one extension.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct HookOverride {
    pub concurrency_limit: Option<u32>,
    pub enabled: Option<bool>,
    pub priority: Option<i32>,
    /// By the name of a phase.
    pub hooks: BTreeMap<String, PhaseOverride>,
}

/// What is different for one extension in one phase.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct PhaseOverride {
    /// May exceed the ceiling of the phase: it is the operator's own word.
    pub max_ms: Option<u32>,
    pub max_tokens: Option<u32>,
}

/// Keys of `[extensions]` that are read here.
pub(super) const KEYS: [&str; 8] = [
    "allow",
    "order",
    "capability_allowlist",
    "data_class_allowlist",
    "fail_open",
    "strict_mode",
    "performance",
    "overrides",
];

impl HookPolicy {
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let policy: Self =
            value.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let Performance { warn_percent, fail_percent } = policy.performance;
        if !(0.0..=100.0).contains(&warn_percent)
            || !(warn_percent..=1000.0).contains(&fail_percent)
        {
            return Err("performance.warn_percent must be at most performance.fail_percent".into());
        }
        for (name, one) in &policy.overrides {
            if one.concurrency_limit == Some(0) {
                return Err(format!("overrides.{name}.concurrency_limit must be 1 or more"));
            }
            if let Some(phase) = one.hooks.keys().find(|it| ctx_model::Phase::parse(it).is_none()) {
                return Err(format!("overrides.{name}.hooks.{phase} is no phase"));
            }
        }
        Ok(policy)
    }
}
