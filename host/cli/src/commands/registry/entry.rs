//! The entry of a connector in the config: written once, with what it needs
//! asked for on a terminal.

use std::path::Path;

use ctx_model::Role;
use ctx_registry::{Added, Id, add_section, section_text};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Desk, clones, problem};
use crate::args::Global;
use crate::diagnostic;
use crate::report::Report;
use crate::terminal;

/// What an entry is made of.
pub(super) struct Wanted<'a> {
    pub(super) id: &'a Id,
    /// The script, if the entry names one; else the extension that is
    /// installed.
    pub(super) script: Option<&'a Path>,
    pub(super) required: &'a [String],
    /// What its author wrote as an example.
    pub(super) example: Option<String>,
}

impl Wanted<'_> {
    fn keys(&self) -> [String; 3] {
        [format!("{}s", self.id.role), "script".to_owned(), self.id.name.clone()]
    }
}

/// Writes the entry, unless there is one. Returns what was done.
pub(super) fn write(
    desk: &Desk,
    wanted: &Wanted<'_>,
    global: &Global,
    report: &Report,
) -> Result<Value, Problem> {
    let file = clones::file(desk)?;
    let keys = wanted.keys();
    let own = ["sources".to_owned(), wanted.id.name.clone()];
    let keys: Vec<&str> = match wanted.script {
        Some(_) => keys.iter().map(String::as_str).collect(),
        None => own.iter().map(String::as_str).collect(),
    };
    let section = keys.join(".");
    let is_there = ctx_registry::has_section(&file, &keys).map_err(|error| problem(&error))?;
    let settings: Vec<(String, String)> = wanted
        .required
        .iter()
        .map(|key| {
            let can_ask = !is_there && terminal::can_ask(global);
            let set = if can_ask { terminal::answer(&format!("{key}: ")) } else { String::new() };
            (key.clone(), set)
        })
        .collect();
    let fixed = match wanted.script {
        Some(script) => [("path", script.display().to_string())],
        None => [("extension", wanted.id.extension().map_err(|e| problem(&e))?.to_string())],
    };
    let settings = if wanted.id.role == Role::Connector { settings } else { Vec::new() };
    let body = section_text(&fixed, wanted.example.as_deref(), &settings);
    let added = add_section(&file, &keys, &body).map_err(|error| problem(&error))?;
    let open: Vec<&str> =
        settings.iter().filter(|(_, set)| set.is_empty()).map(|(key, _)| key.as_str()).collect();
    if added == Added::New && desk.configured.is_trusted {
        trust(global, report)?;
    }
    if !report.json {
        match added {
            Added::New => report.line(format!("Added [{section}] to {}", file.display())),
            Added::Before => {
                report.line(format!("[{section}] already exists in {}", file.display()));
            }
        }
        if added == Added::New && !open.is_empty() {
            report.line(format!("Edit {} to set: {}", file.display(), open.join(", ")));
        }
        if added == Added::New && !desk.configured.is_trusted {
            report.say("Read the config, and run `ctx trust` if you mean it");
        }
    }
    Ok(json!({
        "file": file, "section": section, "added": added == Added::New, "to_set": open,
    }))
}

/// A config that was trusted stays so: its owner adds to it by this.
pub(super) fn trust(global: &Global, report: &Report) -> Result<(), Problem> {
    let host = crate::commands::open(global, &Report::quiet(report), false)?;
    host.trust().map_err(|error| Problem::from(&error))?;
    Ok(())
}

/// Says that there is no config to write into.
pub(super) fn no_config() -> Problem {
    diagnostic::refused("ctx::init::config", "there is no config to add it to")
        .with_help("run `ctx init` to make one")
}
