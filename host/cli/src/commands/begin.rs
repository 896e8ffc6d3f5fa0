//! `ctx connector|tool|agent init`: a script that runs as it is, and the lines
//! of the config that name it.

use std::fs;
use std::path::{Path, PathBuf};

use ctx_core::Host;
use ctx_model::Role;
use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Done, done};
use crate::args::{Global, Init};
use crate::report::Report;
use crate::{diagnostic, terminal};

pub(crate) fn run(role: Role, init: &Init, global: &Global, report: &Report) -> Done {
    let name = init.name.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(diagnostic::misused(
            "ctx::name::invalid",
            format!("`{}` is no name for a script", name.escape_debug()),
        )
        .with_help("use 1 to 64 letters, digits, `_` and `-`"));
    }
    let path = path(role, name);
    write(role, name, &path)?;
    let section = section(role, name, &path);
    let added = add(role, name, &section, init.add, global, report)?;
    if report.json {
        report.data(&json!({ "created": path, "section": section, "added_to": added }));
        return done();
    }
    report.line(format!("Created {role}: {}\n", path.display()));
    match &added {
        Some(config) => report.line(format!("Added to {}:\n", config.display())),
        None => report.line("Add to your ctx.toml:\n"),
    }
    for line in section.lines() {
        report.line(format!("  {line}"));
    }
    let (verb, command) = match role {
        Role::Connector => ("sync", format!("ctx sync script:{name}")),
        Role::Agent => ("test", format!("ctx agent test {name}")),
        _ => ("test", format!("ctx tool test {name} --param name=Ada")),
    };
    report.line(format!("\nThen {verb}:\n\n  {command}"));
    done()
}

/// Where the script goes: Context Harness writes names of tools and agents
/// with hyphens.
fn path(role: Role, name: &str) -> PathBuf {
    let stem = if role == Role::Connector { name.to_owned() } else { name.replace('_', "-") };
    Path::new(&format!("{role}s")).join(format!("{stem}.lua"))
}

fn write(role: Role, name: &str, path: &Path) -> Result<(), Problem> {
    let wrong = |error: &std::io::Error| {
        diagnostic::machine(&format!("`{}` cannot be written", path.display()), error)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
    }
    let text = super::templates::lua(role, name);
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| wrong(&error))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("there is a {role} in `{}` already", path.display());
            Err(diagnostic::refused("ctx::init::exists", message)
                .with_help("choose another name, or take the file away"))
        }
        Err(error) => Err(wrong(&error)),
    }
}

fn section(role: Role, name: &str, path: &Path) -> String {
    format!("[{role}s.script.{name}]\npath = \"{}\"\n", path.display())
}

/// Adds the section to the config, if that is wished. Returns which one.
///
/// A config that was trusted stays so: its owner adds to it by this.
fn add(
    role: Role,
    name: &str,
    section: &str,
    wished: bool,
    global: &Global,
    report: &Report,
) -> Result<Option<PathBuf>, Problem> {
    let ask = !wished && terminal::can_ask(global);
    if !wished && !ask {
        return Ok(None);
    }
    let host = super::open(global, report, false)?;
    let Some((config, trusted)) = host.config_file() else {
        if ask {
            return Ok(None);
        }
        return Err(diagnostic::refused("ctx::init::config", "there is no config to add it to")
            .with_help("run `ctx init` to make one, then add the lines by hand"));
    };
    if ask && !terminal::agrees(&format!("Add it to {}?", config.display())) {
        return Ok(None);
    }
    append(role, name, section, &config)?;
    if trusted {
        trust(global, report)?;
    }
    Ok(Some(config))
}

/// Appends, so that nothing that stands there changes, and only if the whole
/// still reads as it should.
fn append(role: Role, name: &str, section: &str, config: &Path) -> Result<(), Problem> {
    let wrong = |error: &std::io::Error| {
        diagnostic::machine(&format!("`{}` cannot be changed", config.display()), error)
    };
    let mut text = fs::read_to_string(config).map_err(|error| wrong(&error))?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push('\n');
    text.push_str(section);
    let parsed: Result<toml::Table, _> = text.parse();
    let is_there = parsed.is_ok_and(|table| {
        let kind = table.get(&format!("{role}s")).and_then(|kind| kind.get("script"));
        kind.and_then(|all| all.get(name)).is_some()
    });
    if !is_there {
        let message = format!("`{}` has something of that name already", config.display());
        return Err(diagnostic::refused("ctx::init::section", message)
            .with_help(format!("write by hand what it should be: {}", section.trim())));
    }
    fs::write(config, text).map_err(|error| wrong(&error))
}

fn trust(global: &Global, report: &Report) -> Result<(), Problem> {
    let host: std::sync::Arc<Host> = super::open(global, report, false)?;
    host.trust().map_err(|error| Problem::from(&error))?;
    Ok(())
}
