//! Entries that commands write into the operator's config. Text is added at
//! its end or one section is cut out; all else stays as it is, comments and
//! all, and the whole is written only if it reads as it should.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::error::RegistryError;

/// What came of adding an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    New,
    /// There is one of that name; it was left as it is.
    Before,
}

/// Returns the text of an entry: what must stand in it, an example that its
/// author wrote, and what has to be set.
pub fn section_text(
    fixed: &[(&str, String)],
    example: Option<&str>,
    settings: &[(String, String)],
) -> String {
    let mut text = String::new();
    for (key, set) in fixed {
        text.extend([*key, " = ", &quoted(set), "\n"]);
    }
    // What an author wrote is taken over only if it is settings and no more.
    let example = example.filter(|text| text.parse::<Table>().is_ok() && !has_header(text));
    let said: Table = example.and_then(|text| text.parse().ok()).unwrap_or_default();
    let is_ours = |key: &str| {
        fixed.iter().any(|(fixed, _)| *fixed == key)
            || settings.iter().any(|(name, set)| name == key && !set.is_empty())
    };
    for (key, set) in settings {
        if !set.is_empty() {
            text.extend([&bare(key), " = ", &quoted(set), "\n"]);
        } else if !said.contains_key(key) {
            text.extend([&bare(key), " = \"\"  # set this\n"]);
        }
    }
    for line in example.unwrap_or_default().lines() {
        let key = line.split('=').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        if !is_ours(key) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    // A value of several lines may have lost its head.
    if text.parse::<Table>().is_ok() { text } else { section_text(fixed, None, settings) }
}

/// Whether there is `[a.b.c]`, however it is written.
pub fn has_section(file: &Path, keys: &[&str]) -> Result<bool, RegistryError> {
    Ok(find(&parse(file, &read(file)?)?, keys).is_some())
}

/// Reads a text of `[a.b.c]`.
pub fn section_value(
    file: &Path,
    keys: &[&str],
    key: &str,
) -> Result<Option<String>, RegistryError> {
    let table = parse(file, &read(file)?)?;
    let value = find(&table, keys).and_then(|section| section.get(key)?.as_str());
    Ok(value.map(str::to_owned))
}

/// Adds `[a.b.c]` with the text of its entries.
pub fn add_section(file: &Path, keys: &[&str], body: &str) -> Result<Added, RegistryError> {
    let before = read(file)?;
    if find(&parse(file, &before)?, keys).is_some() {
        return Ok(Added::Before);
    }
    let mut text = before.clone();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let header = header(keys);
    text.extend([&header, "\n", body]);
    let after = parse(file, &text).ok().filter(|table| find(table, keys).is_some());
    if after.is_none() {
        let why = format!("`{header}` does not fit into what is there; write it by hand");
        return Err(RegistryError::Config { path: file.display().to_string(), why });
    }
    write(file, &text)?;
    Ok(Added::New)
}

/// Takes `[a.b.c]` out again, as far as it is written as a section of its own.
/// Returns whether it was there.
pub fn remove_section(file: &Path, keys: &[&str]) -> Result<bool, RegistryError> {
    let before = read(file)?;
    let table = parse(file, &before)?;
    if find(&table, keys).is_none() {
        return Ok(false);
    }
    let header = header(keys);
    let (mut text, mut is_inside) = (String::new(), false);
    for line in before.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            let own = line.trim_start();
            let below = format!("{}.", header.trim_end_matches(']'));
            is_inside = own.starts_with(&header) || own.starts_with(&below);
        }
        if !is_inside {
            text.push_str(line);
        }
    }
    let after = parse(file, &text).ok().filter(|after| find(after, keys).is_none());
    if after.is_none() {
        let why = format!("`{header}` is not a section of its own; take it out by hand");
        return Err(RegistryError::Config { path: file.display().to_string(), why });
    }
    write(file, &text)?;
    Ok(true)
}

/// Adds `[registries.NAME]`.
pub fn add_registry(
    file: &Path,
    name: &str,
    url: Option<&str>,
    branch: Option<&str>,
    path: &Path,
) -> Result<Added, RegistryError> {
    let mut body = String::new();
    if let Some(url) = url {
        body.extend(["url = ", &quoted(url), "\n"]);
        body.extend(["branch = ", &quoted(branch.unwrap_or("main")), "\n"]);
    }
    body.extend(["path = ", &quoted(&path.display().to_string()), "\nreadonly = true\n"]);
    if url.is_some() {
        body += "auto_update = true\n";
    }
    add_section(file, &["registries", name], &body)
}

fn read(file: &Path) -> Result<String, RegistryError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(RegistryError::Disk { path: file.to_owned(), error }),
    }
}

fn parse(file: &Path, text: &str) -> Result<Table, RegistryError> {
    text.parse().map_err(|error: toml::de::Error| RegistryError::Config {
        path: file.display().to_string(),
        why: error.message().to_owned(),
    })
}

/// Replaces the file in one step.
fn write(file: &Path, text: &str) -> Result<(), RegistryError> {
    // A link is followed: the file that it leads to is the operator's.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let new = file.with_extension("toml.new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, &file)).map_err(RegistryError::disk(&file))
}

fn find<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(*key))
}

fn header(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| bare(key)).collect();
    format!("[{}]", keys.join("."))
}

fn has_header(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('['))
}

fn bare(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn adding_twice_is_harmless_and_comments_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let before = "# mine\n[connectors.script.other] # here\npath = 'x.lua'   # odd   spacing";
        fs::write(&file, before).unwrap();
        let body = section_text(
            &[("path", "/r/connectors/jira/connector.lua".to_owned())],
            Some("# where it is\nurl = \"https://jira.example\"\npath = \"~/else\"\n"),
            &[("url".into(), String::new()), ("api_token".into(), String::new())],
        );
        let keys = ["connectors", "script", "jira"];
        assert_eq!(add_section(&file, &keys, &body).unwrap(), Added::New);
        let once = fs::read_to_string(&file).unwrap();
        assert_eq!(add_section(&file, &keys, &body).unwrap(), Added::Before);
        assert_eq!(fs::read_to_string(&file).unwrap(), once);
        insta::assert_snapshot!(once, @r#"
        # mine
        [connectors.script.other] # here
        path = 'x.lua'   # odd   spacing

        [connectors.script.jira]
        path = "/r/connectors/jira/connector.lua"
        api_token = ""  # set this
        # where it is
        url = "https://jira.example"
        "#);
        assert!(remove_section(&file, &keys).unwrap());
        assert_eq!(fs::read_to_string(&file).unwrap().trim_end(), before);
        assert!(!remove_section(&file, &keys).unwrap());
    }

    #[test]
    fn a_config_that_it_does_not_fit_into_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        for text in ["connectors = 1\n", "connectors = { script = {} }\n", "broken ="] {
            fs::write(&file, text).unwrap();
            assert!(add_section(&file, &["connectors", "script", "x"], "a = 1\n").is_err());
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn an_example_that_is_more_than_settings_is_not_taken_over() {
        let evil = "url = \"x\"\n[extension.jira]\nallow = { http = [\"*\"] }\n";
        let text = section_text(&[("path", "p".to_owned())], Some(evil), &[]);
        assert_eq!(text, "path = \"p\"\n");
    }
}
