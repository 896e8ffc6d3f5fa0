//! What reads bytes of strangers, by names that `host/fuzz` can say.
//!
//! Nothing else names it: a target has to run the very function that the
//! product runs, and most of those are nobody else's business.

use std::path::Path;
use std::time::Duration;

use ctx_model::{Digest, Document, DocumentId, Grant, Limits, Manifest, Policy, Requests};
use ctx_sandbox::Description;
use ctx_store::DocumentWrite;

use crate::commands::{self, plugin::Plugin};
use crate::config::{self, Config, ConfigError, ConfigFile, ScriptEntry, ShownValue, Written};
use crate::descriptions::Descriptions;
use crate::manifest::{self, ManifestError};
use crate::{content, decide};

/// Reads an environment that is only made up.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Finds the manifest in a script's comments.
pub fn script_header(text: &str, comment: &str) -> Result<Option<String>, ManifestError> {
    manifest::script_header(text, comment)
}

/// Finds the manifest in a component's custom sections.
pub fn section(component: &[u8]) -> Option<&str> {
    manifest::section(component)
}

/// Reads a request for a folder; the name under which it is lent, if it is not
/// the extension's own.
pub fn request_of_folder(text: &str) -> Result<Option<String>, String> {
    manifest::request_of_folder(text).map(|request| request.name().map(str::to_owned))
}

/// Decides what an extension may do.
pub fn decide(requests: Option<&Requests>, policy: &Policy, has_folder: bool) -> Grant {
    decide::decide(requests, policy, has_folder)
}

/// Reads a config of one file, and what is shown of it.
pub fn read_config(text: &str) -> Result<(Config, Vec<ShownValue>), ConfigError> {
    let file = ConfigFile::parse(Path::new("ctx.toml"), text.to_owned())?;
    let config = config::merge([&file])?;
    Ok((config, config::shown(&[Written::new("workspace", file)])))
}

/// Turns what the operator allows into a policy.
pub fn policy(allow: &config::Allow) -> Result<Policy, String> {
    config::policy(allow)
}

/// Returns the settings of a script with its variables filled in.
pub fn filled(entry: &ScriptEntry, get: Variables<'_>) -> serde_json::Value {
    entry.filled(get)
}

/// Returns what an entry allows, with the hosts of its URLs.
pub fn allowed(entry: &ScriptEntry, get: Variables<'_>) -> config::Allow {
    entry.allowed(get)
}

/// Lists what has to be kept out of what people read.
pub fn private(entry: &ScriptEntry, get: Variables<'_>) -> Vec<String> {
    entry.private(get)
}

/// Puts what an entry says of limits in the place of `limits`.
pub fn limited(entry: &ScriptEntry, limits: Limits) -> Limits {
    entry.limits(limits)
}

/// Returns the origin that a setting grants, if it is a URL.
pub fn granted_origin(text: &str) -> Option<String> {
    config::origin(text)
}

/// Reads a kept description out of a folder.
pub fn kept(folder: &Path, key: Digest) -> Option<Description> {
    Descriptions::open(folder).get(key)
}

/// Keeps a description in a folder.
pub fn keep(folder: &Path, key: Digest, description: &Description) {
    Descriptions::open(folder).put(key, description);
}

/// Makes a document ready for the store, or says why it cannot be stored.
pub fn ready(document: Document, target: usize) -> Result<DocumentWrite, String> {
    content::ready(DocumentId([0; 16]), document, "", target, None)
}

/// What a `plugin.toml` of LeanCTX was read as.
#[derive(Debug)]
pub struct ReadPlugin {
    /// What the host makes of it.
    pub manifest: Manifest,
    /// The programs that it runs, and whether each runs in the sandbox.
    pub programs: Vec<(String, bool)>,
    /// The names of its tools, and the schemas of what they take.
    pub tools: Vec<(String, serde_json::Value)>,
    /// How long a program may take, of all the shortest.
    pub shortest: Option<Duration>,
    pub warnings: Vec<String>,
}

/// Reads a `plugin.toml`.
pub fn plugin(text: &str) -> Result<ReadPlugin, String> {
    let plugin = Plugin::parse(text)?;
    let tools = plugin.tools.iter().map(|tool| tool.timeout);
    let hooks = plugin.hooks.values().map(|hook| hook.timeout);
    Ok(ReadPlugin {
        manifest: commands::manifest(&plugin),
        programs: plugin.lines().map(|one| (one.program.clone(), one.is_module())).collect(),
        tools: plugin.tools.iter().map(|one| (one.name.clone(), one.schema.clone())).collect(),
        shortest: tools.chain(hooks).min(),
        warnings: plugin.warnings,
    })
}
