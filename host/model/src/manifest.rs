//! What an extension says about itself, in one vocabulary for all three forms:
//! sidecar, custom section and Lua header.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ExtensionName, LimitsRequest};

/// A manifest. Unknown keys are errors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// Version of this format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<ExtensionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Range of `ctx:extension`, for example `^0.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Ranges of versions of other extensions, by `TYPEs/NAME`. A registry
    /// installs them, too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<String, String>,
    /// Absent if the extension says nothing of what it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Requests>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsSchema>,
    /// What it listens to, by phase or event.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hooks: BTreeMap<String, HookRequest>,
    /// Hooks of the higher priority run first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Runs of its hooks at one time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<u32>,
    /// Classes of data that its hooks ask to see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_class_scopes: Vec<String>,
    /// Whether its hooks return state transactions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub state_transaction_support: bool,
    /// `false` if its hooks run only once the operator enables them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kill_switch_enabled: Option<bool>,
}

/// What an extension says of one phase that it takes part in, or of one event
/// that it hears of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HookRequest {
    /// They run in this order. `run` if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handlers: Vec<String>,
    /// Milliseconds that one handler may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<u32>,
    /// Tokens that one handler may add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// All that a manifest says of hooks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookManifest {
    /// By the name of a phase or an event; empty if it names none.
    pub hooks: BTreeMap<String, HookRequest>,
    pub priority: i32,
    pub concurrency_limit: Option<u32>,
    pub data_class_scopes: Vec<String>,
    pub state_transactions: bool,
    /// Whether its hooks wait for the operator to enable them.
    pub starts_disabled: bool,
}

impl From<&Manifest> for HookManifest {
    fn from(manifest: &Manifest) -> Self {
        Self {
            hooks: manifest.hooks.clone(),
            priority: manifest.priority.unwrap_or_default(),
            concurrency_limit: manifest.concurrency_limit,
            data_class_scopes: manifest.data_class_scopes.clone(),
            state_transactions: manifest.state_transaction_support,
            starts_disabled: manifest.kill_switch_enabled == Some(false),
        }
    }
}

/// The powers asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    /// Host patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<String>,
    /// Names of environment variables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Names of secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Folders: `read:./data` in the extension's own folder, `read:{root}` for
    /// the one that the operator's setting `root` names, `read:notes` for one
    /// that the operator's grant names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kv: bool,
    /// Sources it may search, or `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// Privileged, each needs the operator's allow-list.
    #[serde(rename = "unsafe", skip_serializing_if = "Vec::is_empty")]
    pub unsafe_: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inject: Vec<Inject>,
}

/// A header that the host adds to requests, so that the guest never sees the
/// secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inject {
    pub host: String,
    pub header: String,
    /// Text with `{secret-name}` in it.
    pub value: String,
}

/// Where the schema of the settings stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsSchema {
    /// A file in the extension's own folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The schema itself, for extensions of one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline: Option<serde_json::Value>,
}

impl Requests {
    /// Lists every power in words, capability by capability, as shown to an
    /// operator.
    pub fn lines(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut lines = BTreeMap::new();
        let lists = [
            ("http", &self.http),
            ("env", &self.env),
            ("secrets", &self.secrets),
            ("files", &self.files),
            ("context", &self.context),
            ("unsafe", &self.unsafe_),
        ];
        for (capability, values) in lists {
            if !values.is_empty() {
                lines.insert(capability, values.clone());
            }
        }
        if self.kv {
            lines.insert("kv", vec!["true".to_owned()]);
        }
        lines
    }
}
