//! A script that is named by its path runs as the entry of a config would,
//! with the settings of one if that is wished. Naming it is the operator's
//! word; what stands in a config that nobody trusts is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ctx_core::{Allow, Host, HostOptions, ScriptEntry, Tap};
use ctx_model::{Refusal, Role};
use ctx_serve::problem::{Class, Problem, Refused};

use super::{open, open_with};
use crate::args::{EntryOptions, Global};
use crate::report::Report;
use crate::{diagnostic, terminal};

/// What somebody named to be tried.
pub(crate) struct Tried {
    pub(crate) host: Arc<Host>,
    /// What the role goes by on that host.
    pub(crate) name: String,
    /// The path, if that is how it was named.
    pub(crate) path: Option<PathBuf>,
}

/// Opens a host on which the named thing can be tried. A name that has the
/// looks of a path is one.
pub(crate) fn tried(
    role: Role,
    named: &str,
    unnamed: &str,
    options: &EntryOptions,
    global: &Global,
    report: &Report,
) -> Result<Tried, Problem> {
    tried_by(role, named, unnamed, options, None, global, report)
}

/// The same, with something between it and what is lent to it.
pub(crate) fn tried_by(
    role: Role,
    named: &str,
    unnamed: &str,
    options: &EntryOptions,
    tap: Option<Tap>,
    global: &Global,
    report: &Report,
) -> Result<Tried, Problem> {
    let how = How { tap, global, report };
    match path(named)? {
        None => by_name(role, named, options, &how),
        Some(path) => at_by(role, path, unnamed, options, &how),
    }
}

/// How to open a host.
struct How<'a> {
    tap: Option<Tap>,
    global: &'a Global,
    report: &'a Report,
}

/// Opens a host on which the script at a path can be tried.
pub(crate) fn at(
    role: Role,
    path: PathBuf,
    unnamed: &str,
    options: &EntryOptions,
    global: &Global,
    report: &Report,
) -> Result<Tried, Problem> {
    at_by(role, path, unnamed, options, &How { tap: None, global, report })
}

fn at_by(
    role: Role,
    path: PathBuf,
    unnamed: &str,
    options: &EntryOptions,
    how: &How<'_>,
) -> Result<Tried, Problem> {
    let name = options.source.clone().unwrap_or_else(|| unnamed.to_owned());
    let written = match &options.source {
        None => None,
        Some(source) => written(role, source, how.global, how.report)?,
    };
    let entry = ScriptEntry { path: path.clone(), ..written.unwrap_or_else(|| bare(role, &name)) };
    let host = with(entry, &options.allow_http, how)?;
    Ok(Tried { host, name: known_as(role, &name), path: Some(path) })
}

/// Something that is installed or in the config. What is allowed for this run
/// alone can be allowed for an entry of the config only: the grants of others
/// are kept.
fn by_name(
    role: Role,
    named: &str,
    options: &EntryOptions,
    how: &How<'_>,
) -> Result<Tried, Problem> {
    if options.source.is_some() {
        return Err(diagnostic::misused(
            "ctx::entry::name",
            format!("`{named}` is no path, so it has its own settings"),
        )
        .with_help("leave `--source` out, or name the script by its path"));
    }
    let host = if options.allow_http.is_empty() {
        open_with(how.global, how.report, |options| HostOptions {
            log: terminal::log(how.global),
            on_demand: true,
            tap: how.tap.clone(),
            ..options
        })?
    } else {
        let key = named.strip_prefix("script:").unwrap_or(named);
        let Some(entry) = written(role, key, how.global, how.report)? else {
            return Err(diagnostic::refused(
                "ctx::entry::unknown",
                format!("the config has no {role} `{key}` that `--allow-http` could be for"),
            )
            .with_help(format!("run `ctx grant {key} http HOST`, or name a script by its path")));
        };
        with(entry, &options.allow_http, how)?
    };
    Ok(Tried { host, name: named.to_owned(), path: None })
}

/// Reads an entry of the config, if that is the operator's word.
fn written(
    role: Role,
    name: &str,
    global: &Global,
    report: &Report,
) -> Result<Option<ScriptEntry>, Problem> {
    let host = open(global, report, false)?;
    let name = name.strip_prefix("script:").unwrap_or(name);
    let Some(entry) = host.script_entry(role, name) else {
        report
            .warn(format!("the config has no `[{role}s.script.{name}]`, so there are no settings"));
        return Ok(None);
    };
    if let Some((path, false)) = host.config_file() {
        let refusal = Refusal::Untrusted { path: path.display().to_string() };
        return Err(Problem::from(&refusal));
    }
    Ok(Some(entry))
}

fn with(
    mut entry: ScriptEntry,
    allow_http: &[String],
    how: &How<'_>,
) -> Result<Arc<Host>, Problem> {
    entry.allow.http.extend_from_slice(allow_http);
    open_with(how.global, how.report, |options| HostOptions {
        log: terminal::log(how.global),
        on_demand: true,
        tap: how.tap.clone(),
        entries: vec![entry],
        ..options
    })
}

/// An entry that says nothing but where the script is.
fn bare(role: Role, name: &str) -> ScriptEntry {
    ScriptEntry {
        kind: role,
        name: name.to_owned(),
        path: PathBuf::new(),
        timeout: None,
        settings: toml::Table::new(),
        allow: Allow::default(),
    }
}

/// Returns what an entry of this name goes by.
fn known_as(role: Role, name: &str) -> String {
    if role == Role::Connector { format!("script:{name}") } else { name.to_owned() }
}

/// Reads a path, if it is one by its looks: it has a folder or a suffix.
fn path(named: &str) -> Result<Option<PathBuf>, Problem> {
    let path = Path::new(named);
    let is_one = named.contains(std::path::MAIN_SEPARATOR)
        || path.extension().is_some_and(|suffix| suffix == "lua" || suffix == "wasm");
    if !is_one {
        return Ok(None);
    }
    let unknown = |message: String| {
        Problem::new(Class::Refused(Refused::Unknown), "ctx::unknown::file", message)
    };
    if !path.exists() {
        return Err(unknown(format!("there is no `{named}`"))
            .with_help("name a script that is there, or something that is installed"));
    }
    std::path::absolute(path)
        .map(Some)
        .map_err(|error| diagnostic::machine(&format!("`{named}` cannot be used"), &error))
}

/// Says why a script did not load, if it did not.
pub(crate) async fn loaded(tried: &Tried) -> Result<(), Problem> {
    let Some(path) = &tried.path else { return Ok(()) };
    let catalog = tried.host.catalog().await.map_err(|error| Problem::from(&error))?;
    let is_it = |place: &str| std::path::absolute(place).is_ok_and(|place| place == *path);
    match catalog.problems.iter().find(|problem| is_it(&problem.place)) {
        None => Ok(()),
        Some(problem) => Err(diagnostic::refused(
            "ctx::extension::unusable",
            format!("`{}` does not load: {}", path.display(), problem.why),
        )
        .with_help(problem.help.clone())),
    }
}

/// Returns the name of a path's file, as an extension would be called.
pub(crate) fn stem(named: &str) -> String {
    let stem = Path::new(named).file_stem().and_then(|stem| stem.to_str()).unwrap_or("test");
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    stem.chars().map(plain).take(64).collect()
}
