//! Scripts that the operator names one by one: entries of the config, and
//! those typed at the command line. Which extension each becomes, and whose
//! word it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ctx_model::{ExtensionName, Layer, NamedBy, Role};

use crate::catalog::Problem;
use crate::config::{Allow, Broken, Config, InlineAgent, ScriptEntry, SourceConfig};
use crate::places::Places;

/// An entry and the extension that it becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: ExtensionName,
    pub(crate) script: ScriptEntry,
    /// The config that it stands in, for people; absent if it was typed.
    pub(crate) file: Option<String>,
}

impl Entry {
    /// Returns where its script is.
    pub(crate) fn path(&self, places: &Places, workspace: &Path) -> PathBuf {
        match self.script.path.to_str() {
            Some(path) => places.resolve(workspace, path),
            None => workspace.join(&self.script.path),
        }
    }

    /// Returns where it is named, and what it says there.
    pub(crate) fn named_by(&self) -> NamedBy {
        let Allow { http, env, secrets, files, kv, context, hints } = &self.script.allow;
        let of = |key: &'static str, values: &[String]| {
            values.iter().map(|value| (key, value.clone())).collect::<Vec<_>>()
        };
        let mut allow = of("http", http);
        allow.extend(of("env", env));
        allow.extend(of("fs", files));
        allow.extend(of("secrets", secrets));
        allow.extend(of("context", context));
        allow.extend(of("hints", hints));
        if *kv {
            allow.push(("kv", "true".to_owned()));
        }
        NamedBy { section: self.script.section(), file: self.file.clone(), allow }
    }

    /// Returns what its tool or agent is called: the key, as far as protocols
    /// know its characters.
    pub(crate) fn wire_name(&self) -> String {
        wire_name(&self.script.name)
    }
}

/// Makes a name for protocols of a key.
pub(crate) fn wire_name(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    key.chars().map(plain).take(64).collect()
}

/// Gives every entry the name of an extension: its key, and its role behind it
/// if another role has that name already.
pub(crate) fn named(typed: &[ScriptEntry], config: &Config, file: &str) -> Vec<Entry> {
    let is_typed = |one: &ScriptEntry| {
        typed.iter().any(|other| (other.kind, &other.name) == (one.kind, &one.name))
    };
    let written = config.scripts.iter().filter(|one| !is_typed(one));
    let mut all: Vec<(&ScriptEntry, Option<String>)> =
        typed.iter().map(|one| (one, None)).collect();
    all.extend(written.map(|one| (one, Some(file.to_owned()))));
    all.sort_by_key(|(one, _)| one.kind);
    let mut taken = BTreeSet::new();
    all.into_iter()
        .map(|(script, file)| {
            let name = free(&script.name, script.kind, &taken);
            taken.insert(name.clone());
            Entry { name, script: script.clone(), file }
        })
        .collect()
}

/// Gives every agent that is all written down the name of an extension.
pub(crate) fn named_inline(
    agents: &[InlineAgent],
    entries: &[Entry],
) -> Vec<(ExtensionName, InlineAgent)> {
    let mut taken: BTreeSet<ExtensionName> =
        entries.iter().map(|entry| entry.name.clone()).collect();
    let name = |agent: &InlineAgent| {
        let name = free(&agent.name, Role::Agent, &taken);
        taken.insert(name.clone());
        (name, agent.clone())
    };
    agents.iter().map(name).collect()
}

/// Lists the sources that are scripts: `script:NAME`.
pub(crate) fn sources(entries: &[Entry]) -> impl Iterator<Item = (String, SourceConfig)> {
    entries.iter().filter(|entry| entry.script.kind == Role::Connector).map(|entry| {
        let source = SourceConfig {
            extension: entry.name.to_string(),
            settings: entry.script.settings.clone(),
            data_classes: Vec::new(),
            broken: None,
        };
        (format!("script:{}", entry.script.name), source)
    })
}

/// Says what is wrong with an entry that could not be read.
pub(crate) fn problem(broken: &Broken, file: &str) -> Problem {
    Problem {
        name: broken.name.clone(),
        place: format!("[{}] in {file}", broken.section),
        layer: Layer::Workspace,
        why: broken.why.clone(),
        help: format!("mend `[{}]` in {file}", broken.section),
        still_running: None,
        tried: None,
    }
}

fn free(key: &str, kind: Role, taken: &BTreeSet<ExtensionName>) -> ExtensionName {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let key: String = key.chars().map(plain).take(48).collect();
    let key = if key.trim_matches('-').is_empty() { "script".to_owned() } else { key };
    let tries = [key.clone(), format!("{key}-{kind}")];
    let more = (2_u32..).map(|count| format!("{key}-{kind}-{count}"));
    tries
        .into_iter()
        .chain(more)
        .filter_map(|name| ExtensionName::new(name).ok())
        .find(|name| !taken.contains(name))
        .expect("there are more numbers than entries")
}
