//! The operator's config: what the files say, merged, with a warning for every
//! key that nobody reads.

mod access;
mod answers;
mod ceiling;
mod connectors;
mod economy;
mod engine;
mod hooks;
mod inline;
mod model;
mod registries;
mod script;
mod search;
mod shown;
mod variables;

pub use access::{Access, Issuer, Rate};
pub use answers::{Answers, Wanted};
pub use ceiling::Ceiling;
pub use economy::{Economy, Facade};
pub use engine::Engine;
pub use hooks::{HookOverride, HookPolicy, Performance, PhaseOverride};
pub use inline::InlineAgent;
pub use model::ModelConfig;
pub use script::ScriptEntry;
pub(crate) use script::origin;
pub use search::{EmbedderConfig, SearchConfig};
pub use shown::ShownValue;
pub(crate) use shown::{Written, shown};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ctx_model::{HostPattern, LimitsRequest, Policy, Registry, Role};
use serde::Deserialize;
use thiserror::Error;
use toml::{Table, Value};

use crate::hints::AGREED;
use crate::near::near;

const SECTIONS: [&str; 19] = [
    "sources",
    "extension",
    "extensions",
    "limits",
    "model",
    "mcp",
    "auth",
    "embedder",
    "connectors",
    "tools",
    "agents",
    "db",
    "chunking",
    "answers",
    "retrieval",
    "server",
    "embedding",
    "vector_index",
    "registries",
];

/// Where extensions are looked for in a workspace, unless the config says.
const DIRS: [&str; 1] = [".ctx/extensions"];

/// Why a config cannot be read.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the config `{path}` cannot be read: {error}")]
    Io { path: String, error: std::io::Error },
    #[error("the config `{path}` is wrong in line {line}: {why}")]
    Syntax { path: String, line: usize, why: String },
    #[error("the config `{path}` makes no sense: {why}")]
    Meaning { path: String, why: String },
}

/// A source: a connector with its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceConfig {
    pub extension: String,
    pub settings: Table,
    /// Classes of what its documents hold. A document may only narrow them.
    pub data_classes: Vec<String>,
    /// Why it cannot be synced, if the config is wrong about it.
    pub broken: Option<String>,
}

/// An entry that could not be read. The others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// As the config writes it: `tools.script.x`.
    pub section: String,
    pub name: String,
    pub why: String,
}

/// What the operator says of one extension.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct ExtensionConfig {
    pub settings: Table,
    pub allow: Allow,
    pub limits: LimitsRequest,
}

/// Powers that the operator allows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    pub http: Vec<String>,
    pub env: Vec<String>,
    pub secrets: Vec<String>,
    /// `name=path`, or a path, which is then its own name. `.` is the script's
    /// own folder.
    #[serde(alias = "fs")]
    pub files: Vec<String>,
    pub kv: bool,
    pub context: Vec<String>,
    /// What its tools say of themselves and the operator agrees to.
    pub hints: Vec<String>,
}

/// A config, read and merged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    pub sources: BTreeMap<String, SourceConfig>,
    pub extension: BTreeMap<String, ExtensionConfig>,
    /// Folders with extensions, as written.
    pub dirs: Vec<String>,
    /// Names of extensions that are never loaded.
    pub deny: Vec<String>,
    /// Extensions whose native programs may run, each as `NAME@sha256:DIGEST`.
    pub unsafe_: Vec<String>,
    /// Scripts that are named one by one.
    pub scripts: Vec<ScriptEntry>,
    /// Agents that are all written down.
    pub inline: Vec<InlineAgent>,
    pub registries: Vec<Registry>,
    pub engine: Engine,
    pub ceiling: Ceiling,
    pub economy: Arc<Economy>,
    pub access: Arc<Access>,
    /// Entries that could not be read.
    pub broken: Vec<Broken>,
    pub search: SearchConfig,
    pub hooks: HookPolicy,
    pub model: ModelConfig,
    pub warnings: Vec<String>,
}

/// The text of one config file, and where it is from.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    table: Table,
}

impl ConfigFile {
    /// Reads a file; absent if there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, text).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ConfigError::Io { path: path.display().to_string(), error }),
        }
    }

    /// Parses the text of a file.
    pub(crate) fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        let table = text.parse::<Table>().map_err(|error| ConfigError::Syntax {
            path: path.display().to_string(),
            line: line(&text, error.span()),
            why: error.message().to_owned(),
        })?;
        Ok(Self { path: path.to_owned(), text, table })
    }
}

/// Merges files, the nearer one last: tables key by key, everything else
/// replaced.
pub(crate) fn merge<'a>(
    files: impl IntoIterator<Item = &'a ConfigFile>,
) -> Result<Config, ConfigError> {
    let mut merged = Table::new();
    let mut path = String::new();
    for file in files {
        path = file.path.display().to_string();
        deep_merge(&mut merged, &file.table);
    }
    interpret(merged, &path)
}

/// Returns the line, counted from one, in which a range of bytes begins.
pub(crate) fn line(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start).min(text.len());
    text[..text.floor_char_boundary(start)].matches('\n').count() + 1
}

fn deep_merge(into: &mut Table, from: &Table) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => deep_merge(into, from),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each section")]
fn interpret(table: Table, path: &str) -> Result<Config, ConfigError> {
    let mut config =
        Config { dirs: DIRS.iter().map(ToString::to_string).collect(), ..Config::default() };
    let wrong = |why: String| ConfigError::Meaning { path: path.to_owned(), why };
    for (section, value) in table {
        match (section.as_str(), value) {
            ("sources", Value::Table(sources)) => {
                for (name, value) in sources {
                    config.sources.insert(name.clone(), source(&name, value).map_err(wrong)?);
                }
            }
            ("extension", Value::Table(extensions)) => {
                for (name, value) in extensions {
                    let known = ["settings", "allow", "limits"];
                    unknown(&mut config.warnings, &format!("extension.{name}"), &value, &known);
                    let extension: ExtensionConfig = value.try_into().map_err(|error| {
                        wrong(format!("[extension.{name}] {}", message(&error)))
                    })?;
                    if let Some((key, wanted)) = extension.limits.invalid() {
                        return Err(wrong(format!(
                            "[extension.{name}] limits.{key} wants {wanted}"
                        )));
                    }
                    policy(&extension.allow)
                        .map_err(|why| wrong(format!("[extension.{name}] allow: {why}")))?;
                    let word = config.extension.entry(name).or_default();
                    let Allow { http, env, .. } = std::mem::take(&mut word.allow);
                    *word = extension;
                    word.allow.http.extend(http);
                    word.allow.env.extend(env);
                }
            }
            ("extensions", value) => {
                let known: Vec<&str> =
                    ["dirs", "deny", "unsafe"].into_iter().chain(hooks::KEYS).collect();
                unknown(&mut config.warnings, "extensions", &value, &known);
                config.hooks = HookPolicy::read(value.clone())
                    .map_err(|why| wrong(format!("[extensions] {why}")))?;
                let list = |key: &str| strings(value.get(key), &format!("extensions.{key}"));
                if value.get("dirs").is_some() {
                    config.dirs = list("dirs").map_err(wrong)?;
                }
                config.deny = list("deny").map_err(wrong)?;
                config.unsafe_ = list("unsafe").map_err(wrong)?;
            }
            ("limits", value) => {
                unknown(&mut config.warnings, "limits", &value, &ceiling::KEYS);
                config.ceiling = Ceiling::read(value).map_err(wrong)?;
            }
            ("model", value) => {
                unknown(&mut config.warnings, "model", &value, &model::KEYS);
                config.model =
                    ModelConfig::read(value).map_err(|why| wrong(format!("[model] {why}")))?;
            }
            ("mcp", value) => {
                unknown(&mut config.warnings, "mcp", &value, &economy::KEYS);
                config.economy = Arc::new(Economy::read(value).map_err(wrong)?);
            }
            ("auth", value) => {
                unknown(&mut config.warnings, "auth", &value, &access::KEYS);
                config.access = Arc::new(Access::read(value).map_err(wrong)?);
                if config.access.issuer.is_some() && config.access.scopes.is_empty() {
                    config.warnings.push(
                        "`[auth]` names an issuer and no `[auth.scopes]`: its tokens open nothing"
                            .to_owned(),
                    );
                }
            }
            ("connectors", value) => entries(&mut config, Role::Connector, value),
            ("tools", value) => entries(&mut config, Role::Tool, value),
            ("agents", value) => entries(&mut config, Role::Agent, value),
            ("registries", value) => {
                config.registries = registries::read(value, &mut config.warnings);
            }
            (section, value) if engine::SECTIONS.iter().any(|(name, _)| *name == section) => {
                config.engine.read(section, &value, &mut config.warnings);
            }
            (section @ ("embedder" | "embedding" | "retrieval" | "vector_index"), value) => {
                match config.search.read(section, &value) {
                    Ok(known) => unknown(&mut config.warnings, section, &value, known),
                    Err(why) => {
                        if section.starts_with("embed") {
                            config.search.no_embedder = Some(why.clone());
                        }
                        config.warnings.push(why);
                    }
                }
            }
            (unknown, _) => {
                let near = near(unknown, SECTIONS);
                let hint = near.first().map(|name| format!("; did you mean `{name}`?"));
                config.warnings.push(format!(
                    "`{unknown}` in `{path}` is no section{}",
                    hint.unwrap_or_default()
                ));
            }
        }
    }
    if let Some(embedder) = &config.search.embedder {
        let allow = &mut config.extension.entry(embedder.extension.clone()).or_default().allow;
        allow.http.extend(embedder.allow.http.iter().cloned());
        allow.env.extend(embedder.allow.env.iter().cloned());
    }
    Ok(config)
}

fn source(name: &str, value: Value) -> Result<SourceConfig, String> {
    let Value::Table(mut settings) = value else {
        return Err(format!("`sources.{name}` must be a table"));
    };
    let place = format!("sources.{name}.data_classes");
    let data_classes = strings(settings.remove("data_classes").as_ref(), &place)?;
    match settings.remove("extension") {
        Some(Value::String(extension)) => {
            Ok(SourceConfig { extension, settings, data_classes, broken: None })
        }
        _ => {
            Err(format!("[sources.{name}] needs `extension = \"…\"`, the connector that reads it"))
        }
    }
}

/// Reads the tables `[KINDs.TYPE.NAME]`. One that is wrong is named, and the
/// others are read.
fn entries(config: &mut Config, kind: Role, value: Value) {
    let section = format!("{kind}s");
    let Value::Table(types) = value else {
        config.warnings.push(format!("`{section}` must be tables: `[{section}.script.NAME]`"));
        return;
    };
    for (form, value) in types {
        let mut all = match value {
            Value::Table(all) if forms(kind).contains(&form.as_str()) => all,
            _ => {
                let near = near(&form, forms(kind));
                let hint = near.first().map(|name| format!("; did you mean `{name}`?"));
                let hint = hint.unwrap_or_default();
                config.warnings.push(format!("nobody reads `{form}` in `[{section}]`{hint}"));
                continue;
            }
        };
        // The form before names came in: `[connectors.filesystem] root = …`.
        let flat: Vec<String> =
            all.iter().filter(|(_, value)| !value.is_table()).map(|(key, _)| key.clone()).collect();
        if !flat.is_empty() {
            config.warnings.push(format!(
                "`{}` in `[{section}.{form}]` stands outside of any entry: write \
                 `[{section}.{form}.NAME]` above it",
                flat.join("`, `")
            ));
            all.retain(|_, value| value.is_table());
        }
        for (name, value) in all {
            entry(config, kind, &form, name, value);
        }
    }
}

/// Names the types of entries that there are.
fn forms(kind: Role) -> Vec<&'static str> {
    match kind {
        Role::Connector => connectors::forms().collect(),
        Role::Agent => vec!["inline", "script"],
        _ => vec!["script"],
    }
}

fn entry(config: &mut Config, kind: Role, form: &str, name: String, value: Value) {
    if let Some(translated) = connectors::translate(form, &name, &value) {
        let connectors::Translated { source, allow, warnings } = translated;
        config.warnings.extend(warnings);
        let word = config.extension.entry(source.extension.clone()).or_default();
        word.allow.http.extend(allow.http);
        word.allow.env.extend(allow.env);
        config.sources.insert(format!("{form}:{name}"), source);
        return;
    }
    let read = match (form, value) {
        ("inline", Value::Table(table)) => {
            let section = format!("agents.inline.{name}");
            let agent = InlineAgent::read(&name, &table);
            unknown(&mut config.warnings, &section, &Value::Table(table), &inline::KEYS);
            agent.map(|agent| config.inline.push(agent))
        }
        (_, value) => ScriptEntry::read(kind, &name, value).map(|entry| config.scripts.push(entry)),
    };
    if let Err(why) = read {
        let section = format!("{kind}s.{form}.{}", script::quoted(&name));
        config.broken.push(Broken { section, name, why });
    }
}

fn unknown(warnings: &mut Vec<String>, place: &str, value: &Value, known: &[&str]) {
    let Some(table) = value.as_table() else { return };
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = near(key, known.iter().copied());
        let hint = near.first().map(|name| format!("; did you mean `{name}`?"));
        warnings.push(format!("nobody reads `{key}` in `[{place}]`{}", hint.unwrap_or_default()));
    }
}

fn strings(value: Option<&Value>, place: &str) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    value
        .as_array()
        .and_then(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect())
        .ok_or_else(|| format!("`{place}` must be a list of strings"))
}

fn message(error: &toml::de::Error) -> String {
    error.message().to_owned()
}

/// Turns what is written into what is allowed.
pub(crate) fn policy(allow: &Allow) -> Result<Policy, String> {
    let http = allow.http.iter().map(|text| text.parse::<HostPattern>().map_err(|e| e.to_string()));
    Ok(Policy {
        http: http.collect::<Result<_, _>>()?,
        env: allow.env.iter().cloned().collect(),
        secrets: allow.secrets.iter().cloned().collect(),
        folders: allow.files.iter().map(|text| folder(text)).collect(),
        kv: allow.kv,
        context: allow.context.iter().cloned().collect(),
        hints: hints(&allow.hints)?,
    })
}

fn hints(written: &[String]) -> Result<BTreeSet<String>, String> {
    match written.iter().find(|hint| !AGREED.contains(&hint.as_str())) {
        None => Ok(written.iter().cloned().collect()),
        Some(hint) => Err(format!("`{hint}` is no hint; there are {}", AGREED.join(", "))),
    }
}

/// Reads `name=path`, or a path alone.
pub(crate) fn folder(text: &str) -> (String, String) {
    let text = text.strip_prefix("read:").unwrap_or(text);
    match text.split_once('=') {
        Some((name, path)) => (name.to_owned(), path.to_owned()),
        None => (text.to_owned(), text.to_owned()),
    }
}
