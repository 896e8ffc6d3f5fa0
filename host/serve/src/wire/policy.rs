//! What the operator says of all extensions.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What the operator says of all extensions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookPolicy<'a> {
    /// Names of those that are loaded; empty means all that are not denied.
    pub allow: &'a [String],
    /// Those whose hooks run first, in this order.
    pub order: &'a [String],
    /// Capabilities that may be granted; empty means all.
    pub capability_allowlist: &'a [String],
    /// Classes of data that hooks may see, if they ask.
    pub data_class_allowlist: &'a [String],
    pub fail_open: bool,
    pub strict_mode: bool,
    pub performance: Performance,
    /// By the name of an extension.
    pub overrides: BTreeMap<&'a str, Override<'a>>,
}

/// How much slower hooks may make what they are part of.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Performance {
    pub warn_percent: f64,
    pub fail_percent: f64,
}

/// What is different for one extension.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Override<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub concurrency_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub priority: Option<i32>,
    /// By the name of a phase.
    pub hooks: BTreeMap<&'a str, PhaseOverride>,
}

/// What is different for one extension in one phase.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PhaseOverride {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub max_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub max_tokens: Option<u32>,
}

impl<'a> From<&'a ctx_core::HookPolicy> for HookPolicy<'a> {
    fn from(policy: &'a ctx_core::HookPolicy) -> Self {
        let one = |one: &'a ctx_core::HookOverride| Override {
            concurrency_limit: one.concurrency_limit,
            enabled: one.enabled,
            priority: one.priority,
            hooks: one
                .hooks
                .iter()
                .map(|(phase, it)| {
                    let (max_ms, max_tokens) = (it.max_ms, it.max_tokens);
                    (phase.as_str(), PhaseOverride { max_ms, max_tokens })
                })
                .collect(),
        };
        Self {
            allow: &policy.allow,
            order: &policy.order,
            capability_allowlist: &policy.capability_allowlist,
            data_class_allowlist: &policy.data_class_allowlist,
            fail_open: policy.fail_open,
            strict_mode: policy.strict_mode,
            performance: Performance {
                warn_percent: policy.performance.warn_percent,
                fail_percent: policy.performance.fail_percent,
            },
            overrides: policy.overrides.iter().map(|(name, it)| (name.as_str(), one(it))).collect(),
        }
    }
}
