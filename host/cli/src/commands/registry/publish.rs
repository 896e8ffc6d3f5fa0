//! `ctx registry publish|yank|verify|key`: what those do who keep a registry,
//! or have something in one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ctx_registry::{
    Breach, RegistryError, Verdict, Wanted, Yank, archive, canonical, check_rules, index, keys,
    store,
};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Desk, problem};
use crate::args::Packing;
use crate::commands::{Done, done, pack};
use crate::diagnostic;
use crate::report::Report;

pub(super) async fn publish(
    desk: &Desk,
    folder: &Path,
    to: &Path,
    packing: &Packing,
    report: &Report,
) -> Done {
    check_checkout(to)?;
    let packed = pack::packed(folder, packing, pack::Lies::default()).await?;
    let (id, version) = (packed.id.to_string(), packed.record.version.to_string());
    let before = index::read(to, &packed.id).map_err(|error| problem(&error))?;
    let same = before.as_ref().and_then(|all| all.all.get(&packed.record.version));
    if let Some(known) = same {
        let why = format!("`{id}` {version} was published before, in line {}", known.line);
        return Err(problem(&RegistryError::Refused(why))
            .with_help("raise `version` in its manifest: a published version never changes"));
    }
    let (file, blob) = (PathBuf::from(index::path(&packed.id)), packed.record.archive.clone());
    let blob = PathBuf::from(blob);
    let line = canonical(&packed.raw).map_err(|why| problem(&RegistryError::Refused(why)))?;
    let undo = Undo::of(to, &[file.clone(), blob.clone()]);
    let written = write(&to.join(&blob), &packed.archive)
        .and_then(|()| append(&to.join(&file), &line))
        .and_then(|()| check(to, &desk_keys(desk, to), Some("HEAD")));
    if let Err(error) = written {
        undo.put_back();
        return Err(error);
    }
    let branch = format!("publish-{}-{version}", packed.id.name);
    let message = format!("registry: publish {id} {version}\n\nsha256 {}", packed.record.sha256);
    let commit = ctx_git::commit_on_branch(to, &branch, &[file, blob], &message);
    let commit = match commit {
        Ok(commit) => commit,
        Err(error) => {
            undo.put_back();
            return Err(problem(&error.into()));
        }
    };
    if report.json {
        report.data(&json!({"id": id, "version": version, "branch": branch, "commit": commit}));
        return done();
    }
    report.line(format!("Published {id} {version} on the branch {branch} of {}", to.display()));
    report.say(format!("Push it for others to read: git -C {} push origin {branch}", to.display()));
    done()
}

pub(super) fn yank(
    desk: &Desk,
    text: &str,
    to: &Path,
    reason: Option<&str>,
    key: Option<&str>,
    report: &Report,
) -> Done {
    check_checkout(to)?;
    let (id, version) = text.split_once('@').unwrap_or((text, ""));
    let wanted: Wanted = id.parse().map_err(|error| problem(&error))?;
    let version: semver::Version = version.parse().map_err(|_| {
        let why = "name the one version: `connectors/rss@0.1.2`".to_owned();
        problem(&RegistryError::Name { text: text.to_owned(), why })
    })?;
    let known = index::read(to, &wanted.id).map_err(|error| problem(&error))?;
    let known = known.and_then(|mut all| all.all.remove(&version));
    let Some(known) = known else {
        return Err(problem(&RegistryError::Unknown(text.to_owned())));
    };
    if key.is_none() && known.record.key.is_some() {
        let why = format!("`{}` {version} is signed, and so is what takes it back", wanted.id);
        return Err(problem(&RegistryError::Refused(why))
            .with_help("name the key that signs for the registry: `--key NAME`"));
    }
    let file = PathBuf::from(index::path(&wanted.id));
    let above = fs::read(to.join(&file)).map_err(|error| {
        let path = to.join(&file);
        problem(&RegistryError::Disk { path, error })
    })?;
    let line = word(desk, &version, reason, key, &above)?;
    let undo = Undo::of(to, std::slice::from_ref(&file));
    let written =
        append(&to.join(&file), &line).and_then(|()| check(to, &desk_keys(desk, to), Some("HEAD")));
    if let Err(error) = written {
        undo.put_back();
        return Err(error);
    }
    let word = if reason.is_some() { "yank" } else { "unyank" };
    let branch = format!("{word}-{}-{version}", wanted.id.name);
    let message = format!("registry: {word} {} {version}", wanted.id);
    let commit = ctx_git::commit_on_branch(to, &branch, &[file], &message)
        .map_err(|error| problem(&error.into()))?;
    if report.json {
        report.data(&json!({"id": wanted.id.to_string(), "version": version, "branch": branch, "commit": commit}));
    } else {
        let done = if reason.is_some() { "Yanked" } else { "Took back the yank of" };
        report.line(format!("{done} {} {version} on the branch {branch}", wanted.id));
    }
    done()
}

/// Returns the line that takes a version back, or no longer.
fn word(
    desk: &Desk,
    version: &semver::Version,
    reason: Option<&str>,
    key: Option<&str>,
    above: &[u8],
) -> Result<String, Problem> {
    let yank = Yank {
        yank: version.clone(),
        reason: reason.map(str::to_owned),
        after: Some(archive::digest(above)),
        key: None,
        signature: None,
    };
    let refused = |why: String| problem(&RegistryError::Refused(why));
    let mut raw = serde_json::to_value(&yank).map_err(|error| refused(error.to_string()))?;
    if let Some(name) = key {
        let key = keys::own(&desk.places.state, name).map_err(|error| problem(&error))?;
        key.sign(&mut raw).map_err(refused)?;
    }
    canonical(&raw).map_err(refused)
}

pub(super) fn verify(
    desk: &Desk,
    path: Option<&Path>,
    since: Option<&str>,
    report: &Report,
) -> Done {
    let Some(path) = path else { return installed(desk, report) };
    if !path.is_dir() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(problem(&RegistryError::Disk { path: path.to_owned(), error }));
    }
    let verdict = verdict(path, &desk_keys(desk, path), since)?;
    if report.json {
        let breaches: Vec<Value> = verdict
            .breaches
            .iter()
            .map(|one| json!({"place": one.place, "why": one.why}))
            .collect();
        report.data(&json!({
            "extensions": verdict.extensions, "versions": verdict.versions,
            "signed": verdict.signed, "breaches": breaches,
        }));
    } else {
        report.line(format!(
            "{} extensions, {} versions, {} of them signed",
            verdict.extensions, verdict.versions, verdict.signed
        ));
    }
    if verdict.breaches.is_empty() {
        return done();
    }
    if report.json {
        return Ok(std::process::ExitCode::from(crate::exit_code::REFUSED));
    }
    Err(broken(path, &verdict.breaches))
}

/// Checks that what is in use is what the lock says, byte for byte.
fn installed(desk: &Desk, report: &Report) -> Done {
    let lock = desk.lock()?;
    let mut rows = Vec::new();
    let mut first: Option<Problem> = None;
    for pin in &lock.pins {
        let is_whole = store::is_whole(&desk.places.data, &pin.sha256);
        let is_whole = is_whole.map_err(|error| problem(&error))?;
        let state = if is_whole { "whole" } else { "changed or missing" };
        if !report.json {
            report.line(format!("{} {} {state}", pin.id, pin.version));
        }
        rows.push(json!({"id": pin.id.to_string(), "version": pin.version, "whole": is_whole}));
        if !is_whole {
            let (id, version) = (pin.id.to_string(), pin.version.to_string());
            let found = "another".to_owned();
            let wanted = pin.sha256.clone();
            first.get_or_insert(problem(&RegistryError::Digest { id, version, wanted, found }));
        }
    }
    for (found, digest) in super::in_place::digests(&desk.shelves, &lock) {
        let is_whole = digest.as_ref().is_ok_and(|digest| *digest == found.sha256);
        if !report.json {
            let state = if is_whole { "whole" } else { "changed or missing" };
            report.line(format!("{} in {} {state}", found.id, found.registry));
        }
        rows.push(json!({
            "id": found.id.to_string(), "registry": found.registry, "whole": is_whole,
        }));
        if !is_whole {
            first.get_or_insert(super::in_place::changed(found, digest));
        }
    }
    if report.json {
        report.data(&json!({ "extensions": rows }));
        let code = if first.is_some() { crate::exit_code::REFUSED } else { crate::exit_code::DONE };
        return Ok(std::process::ExitCode::from(code));
    }
    first.map_or_else(done, Err)
}

pub(super) fn key(desk: &Desk, name: &str, report: &Report) -> Done {
    let known = keys::own(&desk.places.state, name);
    let (key, is_new) = match known {
        Ok(key) => (key, false),
        Err(RegistryError::Disk { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
            (keys::make(&desk.places.state, name).map_err(|error| problem(&error))?, true)
        }
        Err(error) => return Err(problem(&error)),
    };
    if report.json {
        report.data(&json!({"name": name, "public": key.public(), "new": is_new}));
        return done();
    }
    if is_new {
        report.say(format!("Made the key `{name}`; it stays in this machine's state"));
    }
    report.line(key.public());
    done()
}

/// The keys that the config names for the registry in a folder.
pub(super) fn desk_keys(desk: &Desk, path: &Path) -> Vec<String> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let shelf = desk.shelves.iter().find(|shelf| real(&shelf.registry.path) == real(path));
    shelf.map(|shelf| shelf.registry.keys.clone()).unwrap_or_default()
}

fn verdict(path: &Path, keys: &[String], since: Option<&str>) -> Result<Verdict, Problem> {
    let before = |file: &str| match since {
        Some(since) => Ok(ctx_git::file_at(path, since, file)?),
        None => Ok(None),
    };
    check_rules(path, keys, &before).map_err(|error| problem(&error))
}

pub(super) fn check(path: &Path, keys: &[String], since: Option<&str>) -> Result<(), Problem> {
    let verdict = verdict(path, keys, since)?;
    if verdict.breaches.is_empty() { Ok(()) } else { Err(broken(path, &verdict.breaches)) }
}

fn broken(path: &Path, breaches: &[Breach]) -> Problem {
    let lines: Vec<String> =
        breaches.iter().map(|one| format!("{}: {}", one.place, one.why)).collect();
    let message =
        format!("`{}` breaks the rules of a registry:\n{}", path.display(), lines.join("\n"));
    diagnostic::refused("ctx::registry::rules", message)
        .with_help("mend what is named; what was published before is never changed")
}

fn check_checkout(to: &Path) -> Result<(), Problem> {
    let changed = ctx_git::changes_of(to).map_err(|error| problem(&error.into()))?;
    if changed.is_empty() {
        return Ok(());
    }
    let (path, files) = (to.to_owned(), changed);
    Err(problem(&ctx_git::CloneError::Dirty { path, files }.into()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let wrong = |error: std::io::Error| {
        diagnostic::machine(&format!("`{}` cannot be written", path.display()), &error)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    fs::write(path, bytes).map_err(wrong)
}

pub(super) fn append(path: &Path, line: &str) -> Result<(), Problem> {
    let wrong = |error: std::io::Error| {
        diagnostic::machine(&format!("`{}` cannot be written", path.display()), &error)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(path).map_err(wrong)?;
    file.write_all(format!("{line}\n").as_bytes()).map_err(wrong)
}

/// Files as they were, should a rule forbid what was written.
pub(super) struct Undo(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Undo {
    pub(super) fn of(root: &Path, files: &[PathBuf]) -> Self {
        let one = |file: &PathBuf| (root.join(file), fs::read(root.join(file)).ok());
        Self(files.iter().map(one).collect())
    }

    pub(super) fn put_back(self) {
        for (path, before) in self.0 {
            drop(match before {
                Some(bytes) => fs::write(path, bytes),
                None => fs::remove_file(path),
            });
        }
    }
}
