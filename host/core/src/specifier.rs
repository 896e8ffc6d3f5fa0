//! What a person types to say which sources: a name, `TYPE:NAME`, a type, or
//! `all`. A name that the config has always means that source.

use std::collections::BTreeMap;

use ctx_model::{Refusal, Role};

use crate::config::{ScriptEntry, SourceConfig};
use crate::host::Host;
use crate::near::near;

/// Says every source.
const ALL: &str = "all";

/// Types, each with the bundled extension that reads it. Sources of a type are
/// called `TYPE:NAME`; those of the same extension belong to it, too.
const TYPES: [(&str, Option<&str>); 5] = [
    ("filesystem", Some("files")),
    ("git", Some("git")),
    ("s3", Some("s3")),
    ("script", None),
    ("custom", None),
];

/// Why what was typed says no source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unspecified {
    /// There is no such name, type or pair of them.
    Unknown(Refusal),
    /// A type, or `all`, of which the config names no source.
    Nothing { specifier: String },
}

impl Host {
    /// Returns what the config says of a script that it names outright.
    pub fn script_entry(&self, kind: Role, name: &str) -> Option<ScriptEntry> {
        let authority = self.authority();
        let mut scripts = authority.entries().iter().map(|entry| &entry.script);
        scripts.find(|one| one.kind == kind && one.name == name).cloned()
    }

    /// Returns the names of the sources that were meant, each of them once.
    pub fn specified(&self, specifiers: &[String]) -> Result<Vec<String>, Unspecified> {
        resolve(&self.authority().config.sources, specifiers)
    }
}

fn resolve(
    sources: &BTreeMap<String, SourceConfig>,
    specifiers: &[String],
) -> Result<Vec<String>, Unspecified> {
    let mut meant: Vec<String> = Vec::new();
    for specifier in specifiers {
        let found: Vec<&String> = if sources.contains_key(specifier) {
            vec![specifier]
        } else if specifier == ALL {
            sources.keys().collect()
        } else if let Some((name, extension)) = TYPES.iter().find(|(name, _)| name == specifier) {
            let is_one = |source: &str, config: &SourceConfig| {
                let kind = source.split_once(':').map(|(kind, _)| kind);
                kind == Some(*name) || kind.is_none() && *extension == Some(&config.extension)
            };
            sources.iter().filter(|(name, one)| is_one(name, one)).map(|(name, _)| name).collect()
        } else {
            return Err(Unspecified::Unknown(unknown(sources, specifier)));
        };
        if found.is_empty() {
            return Err(Unspecified::Nothing { specifier: specifier.clone() });
        }
        for name in found {
            if !meant.contains(name) {
                meant.push(name.clone());
            }
        }
    }
    Ok(meant)
}

/// Names what is close: by the whole name, or all of the same type.
fn unknown(sources: &BTreeMap<String, SourceConfig>, specifier: &str) -> Refusal {
    let names = || sources.keys().map(String::as_str);
    let words = TYPES.iter().map(|(name, _)| *name).chain([ALL]);
    let kind = |name: &str| name.split_once(':').map(|(kind, _)| kind.to_owned());
    let same = kind(specifier);
    let mut close: Vec<String> =
        names().filter(|name| same.is_some() && kind(name) == same).map(str::to_owned).collect();
    if close.is_empty() {
        close = near(specifier, names().chain(words));
    }
    Refusal::Unknown { what: "source", name: specifier.to_owned(), near: close }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(specifiers: &[&str], expected: &str) {
        let all = [
            ("docs", "files"),
            ("filesystem:notes", "files"),
            ("git:repo", "git"),
            ("script:jira", "jira"),
            ("script:wiki", "wiki"),
            ("s3", "feed"),
        ];
        let sources = all
            .iter()
            .map(|(name, extension)| {
                let settings = toml::Table::new();
                (
                    (*name).to_owned(),
                    SourceConfig {
                        extension: (*extension).to_owned(),
                        settings,
                        data_classes: Vec::new(),
                        broken: None,
                    },
                )
            })
            .collect();
        let specifiers: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
        let found = match resolve(&sources, &specifiers) {
            Ok(names) => names.join(" "),
            Err(Unspecified::Nothing { specifier }) => format!("no {specifier}"),
            Err(Unspecified::Unknown(Refusal::Unknown { near, .. })) => {
                format!("near {}", near.join(" "))
            }
            Err(other) => format!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_specifier_is_a_name_a_type_or_all() {
        check(&["script:jira"], "script:jira");
        check(&["script"], "script:jira script:wiki");
        check(&["filesystem"], "docs filesystem:notes");
        check(&["all"], "docs filesystem:notes git:repo s3 script:jira script:wiki");
    }

    #[test]
    fn several_specifiers_name_each_source_once() {
        check(
            &["git", "docs", "all", "docs"],
            "git:repo docs filesystem:notes s3 script:jira script:wiki",
        );
    }

    #[test]
    fn a_name_in_the_config_goes_before_a_type() {
        check(&["s3"], "s3");
    }

    #[test]
    fn what_is_not_there_is_told_what_is() {
        check(&["custom"], "no custom");
        check(&["scrip"], "near script script:jira script:wiki");
        check(&["git:zzz"], "near git:repo");
        check(&["script:zzzzzzzzzzzzzzzzz"], "near script:jira script:wiki");
    }
}
