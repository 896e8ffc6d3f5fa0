//! The rules of an index, as its own CI runs them: lines are only ever added,
//! versions grow, digests and signatures are right, and no path leads out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::archive;
use crate::contained::{inside, link_in};
use crate::error::RegistryError;
use crate::id::Id;
use crate::in_place;
use crate::index::{self, Known, Versions};
use crate::key::{self, Signature};
use crate::manifest::{self, Entry};
use crate::yanking;

/// Something that a rule forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// A file, and perhaps a line of it.
    pub place: String,
    pub why: String,
}

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    pub extensions: usize,
    pub versions: usize,
    pub signed: usize,
    pub breaches: Vec<Breach>,
}

/// Gives a file as it was at an earlier commit.
pub(crate) type Before<'a> = &'a dyn Fn(&str) -> Result<Option<Vec<u8>>, RegistryError>;

/// Checks a registry. `before` gives a file as it was at an earlier commit;
/// `keys` are those that may sign, or none if any may.
pub fn check(root: &Path, keys: &[String], before: Before<'_>) -> Result<Verdict, RegistryError> {
    let mut verdict = Verdict::default();
    let breach = |place: &str, why: String| Breach { place: place.to_owned(), why };
    if let Some(link) = link_in(root) {
        verdict.breaches.push(breach(&link.display().to_string(), "it is a link".to_owned()));
    }
    if let Ok(text) = fs::read_to_string(root.join("registry.toml")) {
        match manifest::parse(&text) {
            Err(why) => verdict.breaches.push(breach("registry.toml", why)),
            Ok(manifest) => {
                for why in manifest.warnings {
                    verdict.breaches.push(breach("registry.toml", why));
                }
                for entry in manifest.extensions {
                    let is_file = inside(root, &entry.path).is_ok_and(|path| path.is_file());
                    if !is_file && !is_built(root, &entry) {
                        let why = format!("`{}`: there is no file `{}`", entry.id, entry.path);
                        verdict.breaches.push(breach("registry.toml", why));
                    }
                }
            }
        }
    }
    let ids = index::list(root);
    let mut all: BTreeMap<Id, Versions> = BTreeMap::new();
    for id in &ids {
        let file = index::path(id);
        let versions = match index::read(root, id) {
            Ok(Some(versions)) => versions,
            Ok(None) => continue,
            Err(error) => {
                verdict.breaches.push(breach(&file, error.to_string()));
                continue;
            }
        };
        verdict.extensions += 1;
        let text =
            fs::read_to_string(root.join(&file)).map_err(RegistryError::disk(root.join(&file)))?;
        if let Some(earlier) = before(&file)?
            && !text.as_bytes().starts_with(&earlier)
        {
            let why = "a line that was published was changed or taken away".to_owned();
            verdict.breaches.push(breach(&file, why));
        }
        if !text.ends_with('\n') {
            verdict.breaches.push(breach(&file, "its last line is not ended".to_owned()));
        }
        growing(&file, &versions, &mut verdict);
        let present: Vec<usize> =
            in_place::present(&versions).values().map(|known| known.line).collect();
        for known in versions.all.values() {
            verdict.versions += 1;
            let place = format!("{file} line {}", known.line);
            match key::check(&known.raw, keys) {
                Signature::Failed { why } => verdict.breaches.push(breach(&place, why)),
                Signature::Unsigned => {}
                Signature::Signed { .. } | Signature::First { .. } => verdict.signed += 1,
            }
            if let Err((line, why)) = yanking::check(known, keys) {
                verdict.breaches.push(breach(&format!("{file} line {line}"), why));
            }
            if let Err(why) = artefact(root, id, known, &present) {
                verdict.breaches.push(breach(&place, why));
            }
            if known.record.conformance.as_ref().is_some_and(|one| one.failed > 0) {
                let why = "its own record says that it does not keep the contract".to_owned();
                verdict.breaches.push(breach(&place, why));
            }
        }
        all.insert(id.clone(), versions);
    }
    for (id, versions) in &all {
        for known in versions.all.values() {
            for needed in known.record.dependencies.keys() {
                let is_there = needed.parse::<Id>().is_ok_and(|needed| all.contains_key(&needed));
                if !is_there {
                    let place = format!("{} line {}", index::path(id), known.line);
                    let why = format!("it needs `{needed}`, which is not in this registry");
                    verdict.breaches.push(breach(&place, why));
                }
            }
        }
    }
    Ok(verdict)
}

/// Whether what an entry names is built, and lies in no checkout.
fn is_built(root: &Path, entry: &Entry) -> bool {
    let Ok(Some(versions)) = index::read(root, &entry.id) else { return false };
    let Some(newest) = versions.newest() else { return false };
    let record = &newest.record;
    let file = record.folder().zip(record.built.as_ref());
    file.is_some_and(|(folder, built)| entry.path == format!("{folder}/{}", built.file))
}

/// A later line has a higher version, unless it mends an older series.
fn growing(file: &str, versions: &Versions, verdict: &mut Verdict) {
    let mut by_line: Vec<&Known> = versions.all.values().collect();
    by_line.sort_by_key(|known| known.line);
    for (at, known) in by_line.iter().enumerate() {
        let version = &known.record.version;
        let same = by_line[..at].iter().map(|one| &one.record.version);
        let highest =
            same.filter(|one| (one.major, one.minor) == (version.major, version.minor)).max();
        if let Some(highest) = highest.filter(|highest| *highest > version) {
            verdict.breaches.push(Breach {
                place: format!("{file} line {}", known.line),
                why: format!("{version} comes after {highest}, which is higher"),
            });
        }
    }
}

/// Checks an archive that lies in the registry itself, as such or as files.
fn artefact(root: &Path, id: &Id, known: &Known, present: &[usize]) -> Result<(), String> {
    let record = &known.record;
    if record.folder().is_some() {
        let read = || match in_place::files(root, id, record) {
            // What has to be built is in no checkout.
            Err(RegistryError::Archive { .. }) if record.built.is_some() => Ok(()),
            read => read.map(drop).map_err(|error| error.to_string()),
        };
        return if present.contains(&known.line) { read() } else { Ok(()) };
    }
    if record.archive.contains("://") {
        return Ok(());
    }
    let path = inside(root, &record.archive).map_err(|error| error.to_string())?;
    let bytes = fs::read(&path).map_err(|error| format!("`{}`: {error}", record.archive))?;
    let found = archive::digest(&bytes);
    if found != record.sha256 {
        return Err(format!("its digest is {found}, and it says {}", record.sha256));
    }
    if bytes.len() as u64 != record.size {
        return Err(format!("its size is {}, and it says {}", bytes.len(), record.size));
    }
    archive::read(&bytes).map(drop)
}
