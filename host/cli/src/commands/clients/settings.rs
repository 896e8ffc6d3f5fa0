//! A tool's config as a text that is edited in place: what stands in it stays
//! as it was written, comments, order and unknown keys too.

use jsonc_parser::cst::CstRootNode;
use serde_json::{Map, Value};

use super::entry::Entry;
use super::{jsonc, tables};
use crate::args::Client;

/// A config that was read.
pub(crate) struct Settings {
    section: &'static str,
    text: Text,
}

enum Text {
    Json(CstRootNode),
    Toml(String),
}

/// What came of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It said this already, or had nothing to take out.
    Nothing,
    Added,
    /// Something of ours stood there and says something else now.
    Updated,
    Removed,
}

impl Settings {
    /// Reads a config; says in words what is wrong with it.
    pub(crate) fn parse(client: Client, text: &str) -> Result<Self, String> {
        let text = match client {
            Client::Codex => {
                tables::parse(text)?;
                Text::Toml(text.to_owned())
            }
            _ => Text::Json(jsonc::parse(text)?),
        };
        Ok(Self { section: client.section(), text })
    }

    /// Returns every server in it, in order.
    pub(crate) fn servers(&self) -> Result<Map<String, Value>, String> {
        match &self.text {
            Text::Json(root) => jsonc::servers(root, self.section),
            Text::Toml(text) => tables::servers(&tables::parse(text)?, self.section),
        }
    }

    /// Writes an entry: our keys are set, those that contradict them go, and
    /// all others stay.
    pub(crate) fn set(&mut self, name: &str, entry: &Entry) -> Result<Change, String> {
        match &mut self.text {
            Text::Json(root) => jsonc::set(root, self.section, name, entry),
            Text::Toml(text) => tables::set(text, self.section, name, entry),
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, name: &str) -> Result<Change, String> {
        match &mut self.text {
            Text::Json(root) => jsonc::remove(root, self.section, name),
            Text::Toml(text) => tables::remove(text, self.section, name),
        }
    }

    /// Returns the text as it is now.
    pub(crate) fn text(&self) -> String {
        match &self.text {
            Text::Json(root) => root.to_string(),
            Text::Toml(text) => text.clone(),
        }
    }

    /// Returns what an entry alone looks like, with the section around it.
    pub(crate) fn alone(client: Client, name: &str, entry: &Entry) -> String {
        let blank = Self::parse(client, "").and_then(|mut blank| {
            blank.set(name, entry)?;
            Ok(blank.text())
        });
        // An empty text can always be written to.
        blank.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
