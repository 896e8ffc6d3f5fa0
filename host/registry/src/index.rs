//! The index: beside `registry.toml`, one file for each extension, one line
//! for each version, and lines are only ever added.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::archive::hex;
use crate::contained::inside;
use crate::error::RegistryError;
use crate::id::{Id, ROLES, is_name};
use crate::record::{self, Line, Record};

/// The folder of the index.
pub(crate) const FOLDER: &str = "index";

/// A file of the index larger than this is none.
const LARGEST: u64 = 16 << 20;

/// The versions of one extension, as a registry has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Versions {
    pub id: Id,
    pub all: BTreeMap<Version, Known>,
}

/// A version that a registry has.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub record: Record,
    /// The record as it was written, which is what is signed.
    pub raw: Value,
    /// Why it was taken back, if it was.
    pub yanked: Option<String>,
    /// What was said of it later, for whoever wants to know by whom.
    pub words: Vec<Word>,
    /// Counted from one.
    pub line: usize,
}

/// A line that takes a version back, or no longer.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// As it was written, which is what is signed.
    pub raw: Value,
    /// Whether it names what stands above it.
    pub is_in_place: bool,
    /// Counted from one.
    pub line: usize,
}

impl Versions {
    /// Returns the newest version that was not taken back; a finished one, if
    /// there is any.
    pub fn newest(&self) -> Option<&Known> {
        let usable = || self.all.values().rev().filter(|one| one.yanked.is_none());
        usable().find(|one| one.record.version.pre.is_empty()).or_else(|| usable().next())
    }
}

/// Returns where the versions of an extension stand, relative to the root.
pub fn path(id: &Id) -> String {
    format!("{FOLDER}/{id}.jsonl")
}

/// Reads the text of a file of the index.
pub fn parse(id: &Id, path: &Path, text: &str) -> Result<Versions, RegistryError> {
    let mut all: BTreeMap<Version, Known> = BTreeMap::new();
    let mut above = Sha256::new();
    for (at, whole) in text.split_inclusive('\n').enumerate() {
        let (line, text) = (at + 1, whole.trim_end_matches(['\r', '\n']));
        let wrong = |why: String| RegistryError::Index { path: path.to_owned(), line, why };
        if text.trim().is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        match record::parse(text).map_err(wrong)? {
            Line::Version { record, raw } => {
                if record.id().map_err(wrong)? != *id {
                    return Err(wrong(format!("it is about `{}s/{}`", record.role, record.name)));
                }
                let version = record.version.clone();
                if let Some(first) = all.get(&version) {
                    return Err(RegistryError::TwoVersions {
                        id: id.to_string(),
                        version: version.to_string(),
                        first: first.line,
                        second: line,
                    });
                }
                let (yanked, words) = (None, Vec::new());
                all.insert(version, Known { record: *record, raw, yanked, words, line });
            }
            Line::Yank { yank, raw } => {
                let known = all.get_mut(&yank.yank);
                let known = known
                    .ok_or_else(|| wrong(format!("it yanks {}, which is not there", yank.yank)))?;
                known.yanked = yank.reason;
                let is_in_place = yank.after == Some(hex(&above.clone().finalize()));
                known.words.push(Word { raw, is_in_place, line });
            }
        }
        above.update(whole);
    }
    Ok(Versions { id: id.clone(), all })
}

/// Reads the versions of an extension; absent if a registry has none.
pub fn read(root: &Path, id: &Id) -> Result<Option<Versions>, RegistryError> {
    let path = inside(root, &path(id))?;
    let found = match fs::metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RegistryError::Disk { path, error }),
    };
    if found.len() > LARGEST {
        let why = format!("it is larger than {} MiB", LARGEST >> 20);
        return Err(RegistryError::Index { path, line: 1, why });
    }
    let text = fs::read_to_string(&path).map_err(RegistryError::disk(&path))?;
    parse(id, &path, &text).map(Some)
}

/// Lists the extensions that the index of a registry knows.
pub fn list(root: &Path) -> Vec<Id> {
    let mut ids = Vec::new();
    for role in ROLES {
        let Ok(folder) = inside(root, &format!("{FOLDER}/{role}s")) else { continue };
        let Ok(files) = fs::read_dir(folder) else { continue };
        for file in files.filter_map(Result::ok) {
            let Ok(name) = file.file_name().into_string() else { continue };
            let Some(name) = name.strip_suffix(".jsonl").filter(|name| is_name(name)) else {
                continue;
            };
            ids.extend(Id::new(role, name));
        }
    }
    ids.sort();
    ids
}

/// Returns the root of a registry's index, for people.
pub fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}
