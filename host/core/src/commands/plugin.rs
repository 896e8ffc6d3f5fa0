//! LeanCTX's `plugin.toml`: what it says, and what is wrong with it. Unknown
//! keys are warnings, as in every foreign file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use ctx_model::ExtensionName;
use serde_json::{Value as Json, json};
use toml::{Table, Value};

use crate::config::line;
use crate::near::near;

/// What a tool or a hook may take if it does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The events that a hook can be for.
pub(crate) const HOOKS: [&str; 5] =
    ["on_session_start", "on_session_end", "pre_read", "post_compress", "on_knowledge_update"];

/// What a manifest says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plugin {
    pub(crate) name: ExtensionName,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) tools: Vec<Tool>,
    /// By the event.
    pub(crate) hooks: BTreeMap<String, Hook>,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) warnings: Vec<String>,
}

/// A tool that is a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) command: Line,
    pub(crate) timeout: Duration,
    pub(crate) schema: Json,
}

/// A command that hears of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) command: Line,
    pub(crate) timeout: Duration,
}

/// A command line: words that blanks part, and no quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

/// What the programs ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Permission {
    Network,
    Write,
    Environment,
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(str::to_owned);
        Some(Self { program: words.next()?, arguments: words.collect() })
    }

    /// Whether it runs in the sandbox.
    pub(crate) fn is_module(&self) -> bool {
        Path::new(&self.program).extension().is_some_and(|suffix| suffix == "wasm")
    }
}

impl Plugin {
    /// Lists everything that it runs.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        let tools = self.tools.iter().map(|tool| &tool.command);
        tools.chain(self.hooks.values().map(|hook| &hook.command))
    }

    /// Reads a manifest. Fails with what is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = line(text, error.span());
            format!("its `plugin.toml` is wrong in line {line}: {}", error.message())
        })?;
        let mut read = Reading::default();
        let found = read.plugin(&table);
        found.map_err(|why| format!("its `plugin.toml` is wrong: {why}"))
    }
}

/// A manifest while it is read.
#[derive(Default)]
struct Reading {
    warnings: Vec<String>,
}

impl Reading {
    fn plugin(&mut self, table: &Table) -> Result<Plugin, String> {
        self.known("", table, &["plugin", "hooks", "tools", "trust"]);
        let own = table.get("plugin").ok_or("it has no section `[plugin]`")?;
        let own = own.as_table().ok_or("`plugin` is no section")?;
        self.known("plugin.", own, &["name", "version", "description", "author"]);
        let name = required(own, "plugin", "name")?;
        let hooks = match table.get("hooks") {
            None => BTreeMap::new(),
            Some(Value::Table(hooks)) => self.hooks(hooks)?,
            Some(_) => return Err("`hooks` is no section".to_owned()),
        };
        let tools = match table.get("tools") {
            None => Vec::new(),
            Some(Value::Array(tools)) => {
                tools.iter().map(|tool| self.tool(name, tool)).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("`tools` is no list: write `[[tools]]`".to_owned()),
        };
        Ok(Plugin {
            name: ExtensionName::from_stem(name).map_err(|error| error.to_string())?,
            version: required(own, "plugin", "version")?.to_owned(),
            description: optional(own, "plugin", "description")?,
            author: optional(own, "plugin", "author")?,
            tools,
            hooks,
            permissions: self.permissions(table.get("trust"))?,
            warnings: std::mem::take(&mut self.warnings),
        })
    }

    fn tool(&mut self, plugin: &str, value: &Value) -> Result<Tool, String> {
        let tool = value.as_table().ok_or("a tool is no section: write `[[tools]]`")?;
        let known = ["name", "description", "command", "timeout_ms", "input_schema"];
        self.known("tools.", tool, &known);
        let name = required(tool, "tools", "name")?.to_owned();
        let section = format!("tools.{name}");
        let described = optional(tool, &section, "description")?;
        let schema = match tool.get("input_schema") {
            None => json!({ "type": "object" }),
            Some(schema) => match serde_json::to_value(schema) {
                Ok(schema @ Json::Object(_)) => schema,
                _ => return Err(format!("`input_schema` of the tool `{name}` is no table")),
            },
        };
        Ok(Tool {
            description: described.unwrap_or_else(|| format!("A tool of the plugin `{plugin}`")),
            command: command(tool, &section)?,
            timeout: timeout(tool, &section)?,
            schema,
            name,
        })
    }

    fn hooks(&mut self, table: &Table) -> Result<BTreeMap<String, Hook>, String> {
        let mut hooks = BTreeMap::new();
        for (name, value) in table {
            let section = format!("hooks.{name}");
            let hook = value.as_table().ok_or_else(|| format!("`{section}` is no section"))?;
            self.known(&format!("{section}."), hook, &["command", "timeout_ms"]);
            let made =
                Hook { command: command(hook, &section)?, timeout: timeout(hook, &section)? };
            if HOOKS.contains(&name.as_str()) {
                hooks.insert(name.clone(), made);
            } else {
                self.unknown("", &section, &near(name, HOOKS), "there is no such event");
            }
        }
        Ok(hooks)
    }

    fn permissions(&mut self, trust: Option<&Value>) -> Result<BTreeSet<Permission>, String> {
        let Some(trust) = trust else { return Ok(BTreeSet::new()) };
        let trust = trust.as_table().ok_or("`trust` is no section")?;
        self.known("trust.", trust, &["permissions"]);
        let named = match trust.get("permissions") {
            None => return Ok(BTreeSet::new()),
            Some(Value::Array(named)) => named,
            Some(_) => return Err("`trust.permissions` is no list".to_owned()),
        };
        named
            .iter()
            .map(|name| match name.as_str() {
                Some("network") => Ok(Permission::Network),
                Some("fs_write") => Ok(Permission::Write),
                Some("env_passthrough") => Ok(Permission::Environment),
                other => Err(format!(
                    "`trust.permissions` has {}, and knows `network`, `fs_write` and \
                     `env_passthrough`",
                    other.map_or_else(|| name.to_string(), |name| format!("`{name}`"))
                )),
            })
            .collect()
    }

    fn known(&mut self, prefix: &str, table: &Table, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let near = near(key, known.iter().copied());
            self.unknown(prefix, key, &near, "nobody reads it");
        }
    }

    fn unknown(&mut self, prefix: &str, key: &str, near: &[String], why: &str) {
        let hint = near.first().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        self.warnings.push(format!("`{prefix}{key}` in its `plugin.toml`: {why}{hint}"));
    }
}

fn required<'a>(table: &'a Table, section: &str, key: &str) -> Result<&'a str, String> {
    match table.get(key) {
        None => Err(format!("`{section}.{key}` is missing")),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        Some(Value::String(_)) => Err(format!("`{section}.{key}` is empty")),
        Some(_) => Err(format!("`{section}.{key}` is no text")),
    }
}

fn optional(table: &Table, section: &str, key: &str) -> Result<Option<String>, String> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => {
            Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned))
        }
        Some(_) => Err(format!("`{section}.{key}` is no text")),
    }
}

fn command(table: &Table, section: &str) -> Result<Line, String> {
    let text = required(table, section, "command")?;
    let line = Line::parse(text).ok_or_else(|| format!("`{section}.command` is empty"))?;
    let is_outside = line.program.starts_with('/') || line.program.split('/').any(|p| p == "..");
    if line.is_module() && is_outside {
        return Err(format!("`{section}.command` names a program outside of the plugin's folder"));
    }
    Ok(line)
}

fn timeout(table: &Table, section: &str) -> Result<Duration, String> {
    match table.get("timeout_ms") {
        None => Ok(TIMEOUT),
        Some(Value::Integer(time @ 1..)) => {
            Ok(Duration::from_millis(u64::try_from(*time).unwrap_or_default()))
        }
        Some(_) => Err(format!("`{section}.timeout_ms` is no number of milliseconds above 0")),
    }
}

#[cfg(test)]
mod tests;
