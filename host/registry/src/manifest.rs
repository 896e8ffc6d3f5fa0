//! `registry.toml`: what a registry says is in it. Read as data; a path in it
//! is a claim that is checked when it is used.

use ctx_model::Role;
use toml::{Table, Value};

use crate::contained::is_contained;
use crate::id::{Id, ROLES};

/// A registry's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    pub name: String,
    pub description: String,
    pub url: Option<String>,
    pub extensions: Vec<Entry>,
    /// What is odd about it: each was left out or ignored.
    pub warnings: Vec<String>,
}

/// An extension as a manifest, or a look at the folders, tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub description: String,
    /// The script or the component, relative to the registry's root.
    pub path: String,
    pub tags: Vec<String>,
    pub required_config: Vec<String>,
    pub host_apis: Vec<String>,
    pub tools: Vec<String>,
}

impl Entry {
    /// Tells of an extension of which nothing is said.
    pub fn plain(id: Id, path: String) -> Self {
        let description = String::new();
        let (tags, required_config) = (Vec::new(), Vec::new());
        let (host_apis, tools) = (Vec::new(), Vec::new());
        Self { id, description, path, tags, required_config, host_apis, tools }
    }

    /// Whether it has a word in its name, its description or its tags.
    pub fn matches(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&word);
        has(&self.id.name) || has(&self.description) || self.tags.iter().any(|tag| has(tag))
    }
}

/// Reads a manifest. One entry that is wrong is left out and named; the others
/// stand.
pub fn parse(text: &str) -> Result<Manifest, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text[..text.floor_char_boundary(at)].matches('\n').count() + 1;
        format!("line {line}: {}", error.message())
    })?;
    let mut manifest = Manifest::default();
    if let Some(Value::Table(registry)) = table.get("registry") {
        let text = |key: &str| registry.get(key).and_then(Value::as_str).map(str::to_owned);
        manifest.name = text("name").unwrap_or_default();
        manifest.description = text("description").unwrap_or_default();
        manifest.url = text("url").filter(|url| !url.is_empty());
    }
    for role in ROLES {
        let Some(Value::Table(all)) = table.get(&format!("{role}s")) else { continue };
        for (name, value) in all {
            match entry(role, name, value) {
                Ok(entry) => manifest.extensions.push(entry),
                Err(why) => manifest.warnings.push(format!("`{role}s.{name}` is left out: {why}")),
            }
        }
    }
    Ok(manifest)
}

fn entry(role: Role, name: &str, value: &Value) -> Result<Entry, String> {
    let id = Id::new(role, name).ok_or("its name could not be a folder's")?;
    let table = value.as_table().ok_or("it must be a table")?;
    let path = table.get("path").and_then(Value::as_str).ok_or("it needs a `path`")?;
    is_contained(path)
        .map_err(|why| format!("its path `{path}` leads out of the registry: {why}"))?;
    let list = |key: &str| -> Vec<String> {
        let all = table.get(key).and_then(Value::as_array);
        let texts = all.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let description = table.get("description").and_then(Value::as_str).unwrap_or_default();
    Ok(Entry {
        id,
        description: description.to_owned(),
        path: path.to_owned(),
        tags: list("tags"),
        required_config: list("required_config"),
        host_apis: list("host_apis"),
        tools: list("tools"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn an_entry_that_is_wrong_is_named_and_the_others_stand() {
        let manifest = parse(
            "[registry]\nname = 'x'\nmin_version = '99.0.0'\nnobody_reads = 1\n\
             [connectors.jira]\npath = 'connectors/jira/connector.lua'\ntags = ['a', 'b']\n\
             required_config = ['url']\n\
             [tools.evil]\npath = '../evil.lua'\n[tools.root]\npath = '/etc/x.lua'\n\
             [agents.none]\ndescription = 'no path'\n",
        )
        .unwrap();
        let ids: Vec<String> = manifest.extensions.iter().map(|one| one.id.to_string()).collect();
        assert_eq!(ids, ["connectors/jira"]);
        assert_eq!(
            manifest.warnings,
            [
                "`agents.none` is left out: it needs a `path`",
                "`tools.evil` is left out: its path `../evil.lua` leads out of the registry: it \
                 goes up by `..`",
                "`tools.root` is left out: its path `/etc/x.lua` leads out of the registry: it is \
                 absolute",
            ]
        );
    }

    #[test]
    fn a_manifest_that_is_no_toml_names_its_line() {
        assert!(parse("[registry]\nname = \n").unwrap_err().starts_with("line 2:"));
    }
}
