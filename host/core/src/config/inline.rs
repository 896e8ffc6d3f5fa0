//! `[agents.inline.NAME]`: an agent whose prompt stands in the config.

use toml::{Table, Value};

/// An agent that is all written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineAgent {
    /// What it is called: the key of the entry.
    pub name: String,
    pub description: String,
    /// The tools that it may use.
    pub tools: Vec<String>,
    pub system_prompt: String,
}

/// The keys that an entry may have.
pub(super) const KEYS: [&str; 3] = ["description", "tools", "system_prompt"];

impl InlineAgent {
    /// Reads the table of an entry.
    pub(super) fn read(name: &str, table: &Table) -> Result<Self, String> {
        let text = |key: &str| match table.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("`{key}` must be a string")),
            None => Err(format!("it needs `{key} = \"…\"`")),
        };
        Ok(Self {
            name: name.to_owned(),
            description: text("description")?,
            tools: super::strings(table.get("tools"), "tools")?,
            system_prompt: text("system_prompt")?,
        })
    }

    /// Returns where the config names it: `agents.inline.x`.
    pub(crate) fn section(&self) -> String {
        format!("agents.inline.{}", super::script::quoted(&self.name))
    }
}
