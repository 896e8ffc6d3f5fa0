//! `ctx.lock`: what is in use, each with its digest. Whoever replaces it by
//! another activates what that names, in one step; so nothing is ever half
//! installed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ctx_model::Requests;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::error::RegistryError;
use crate::id::Id;
use crate::shelf::FOLDER;

const HEAD: &str = "# Which extensions of registries are in use, and the digest of each. Written by\n\
                    # `ctx registry`; keep it with the project.\n";

/// How many earlier locks can be gone back to.
const KEPT: usize = 20;

/// The text of a lock larger than this is none.
const LARGEST: u64 = 16 << 20;

/// What is in use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// By name.
    pub pins: Vec<Pin>,
    /// What is used where it lies in its registry, by name.
    pub found: Vec<Found>,
}

/// An extension that is used where it lies in its registry, which has no
/// versions of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub id: Id,
    pub registry: String,
    /// Of its folder, packed as an archive is.
    pub sha256: String,
}

/// One extension that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub id: Id,
    pub version: Version,
    pub registry: String,
    pub sha256: String,
    /// What was asked for, if somebody did; else others need it.
    pub wanted: Option<String>,
    /// The key that signed it, if any.
    pub key: Option<String>,
    /// What it asked for when it was agreed to.
    pub requests: Option<Requests>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default, rename = "extension", skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    found: Vec<Found>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    version: Version,
    registry: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wanted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests: Option<Requests>,
}

/// Returns where the lock of a workspace is.
pub fn path(workspace: &Path) -> PathBuf {
    workspace.join(FOLDER).join("ctx.lock")
}

fn history(workspace: &Path) -> PathBuf {
    workspace.join(FOLDER).join("data").join("registry")
}

impl Lock {
    /// Reads the lock of a workspace; one that is not there is empty.
    pub fn read(workspace: &Path) -> Result<Self, RegistryError> {
        let path = path(workspace);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Ok(found) if found.len() > LARGEST || !found.is_file() => {
                let why = "it is no file of a lock's size".to_owned();
                return Err(RegistryError::Lock { path, why });
            }
            _ => {}
        }
        let text = fs::read_to_string(&path).map_err(RegistryError::disk(&path))?;
        Self::parse(&text).map_err(|why| RegistryError::Lock { path, why })
    }

    /// Reads the text of a lock.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if file.version != 1 {
            return Err(format!("it is of format {}, and this ctx reads format 1", file.version));
        }
        let mut pins = Vec::new();
        for row in file.extensions {
            let id: Id = row.id.parse().map_err(|error: RegistryError| error.to_string())?;
            if !is_digest(&row.sha256) {
                return Err(format!("`sha256` of `{id}` is no digest"));
            }
            if pins.iter().any(|pin: &Pin| pin.id.name == id.name) {
                return Err(format!("it names `{}` twice", id.name));
            }
            pins.push(Pin {
                id,
                version: row.version,
                registry: row.registry,
                sha256: row.sha256,
                wanted: row.wanted,
                key: row.key,
                requests: row.requests,
            });
        }
        pins.sort_by(|a, b| a.id.cmp(&b.id));
        let mut found = file.found;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(one) = found.iter().find(|one| !is_digest(&one.sha256)) {
            return Err(format!("`sha256` of `{}` is no digest", one.id));
        }
        if let Some(twice) = found.windows(2).find(|two| two[0].id == two[1].id) {
            return Err(format!("it names `{}` twice", twice[0].id));
        }
        Ok(Self { pins, found })
    }

    /// Writes it as text, in one way only.
    ///
    /// # Panics
    ///
    /// Never: a lock is plain data.
    pub fn text(&self) -> String {
        let row = |pin: &Pin| Row {
            id: pin.id.to_string(),
            version: pin.version.clone(),
            registry: pin.registry.clone(),
            sha256: pin.sha256.clone(),
            wanted: pin.wanted.clone(),
            key: pin.key.clone(),
            requests: pin.requests.clone(),
        };
        let mut pins: Vec<&Pin> = self.pins.iter().collect();
        pins.sort_by(|a, b| a.id.cmp(&b.id));
        let mut found = self.found.clone();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        let file = File { version: 1, extensions: pins.into_iter().map(row).collect(), found };
        let body = toml::to_string(&file).expect("a lock is plain data");
        format!("{HEAD}{body}")
    }

    /// Finds what is pinned of an extension.
    pub fn pin(&self, id: &Id) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.id == *id)
    }

    /// Notes what an extension that is used where it lies is like now. Returns
    /// what it was like before, if that was noted.
    pub fn note(&mut self, found: Found) -> Option<String> {
        let before = self.found.iter_mut().find(|one| one.id == found.id);
        if let Some(before) = before {
            return Some(std::mem::replace(before, found).sha256);
        }
        self.found.push(found);
        self.found.sort_by(|a, b| a.id.cmp(&b.id));
        None
    }

    /// Puts this lock in the place of the one that is there: the one step in
    /// which everything is activated. What was there can be gone back to.
    pub fn activate(&self, workspace: &Path) -> Result<(), RegistryError> {
        let path = path(workspace);
        let before = Self::read(workspace)?;
        if before == *self && path.exists() {
            return Ok(());
        }
        remember(workspace, &before)?;
        let new = path.with_extension("lock.new");
        write(&new, &self.text())?;
        fs::rename(&new, &path).map_err(RegistryError::disk(&path))
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Goes back to the lock before this one. Returns both: what was, and what is
/// now. What is used where it lies is as it is, and stays so.
pub fn roll_back(workspace: &Path) -> Result<Option<(Lock, Lock)>, RegistryError> {
    let path = path(workspace);
    let read = Lock::read(workspace).ok();
    let is_read = read.is_some();
    let now = read.unwrap_or_default();
    for earlier in remembered(workspace).into_iter().rev() {
        let text = fs::read_to_string(&earlier).map_err(RegistryError::disk(&earlier))?;
        let mut lock =
            Lock::parse(&text).map_err(|why| RegistryError::Lock { path: earlier.clone(), why })?;
        if lock.pins == now.pins {
            // Whoever was killed between remembering and activating left it, or
            // only what lies in registries was another.
            fs::remove_file(&earlier).map_err(RegistryError::disk(&earlier))?;
            continue;
        }
        if is_read {
            lock.found.clone_from(&now.found);
        }
        write(&earlier, &lock.text())?;
        fs::rename(&earlier, &path).map_err(RegistryError::disk(&path))?;
        return Ok(Some((now, lock)));
    }
    Ok(None)
}

fn remember(workspace: &Path, lock: &Lock) -> Result<(), RegistryError> {
    let folder = history(workspace);
    fs::create_dir_all(&folder).map_err(RegistryError::disk(&folder))?;
    let earlier = remembered(workspace);
    let number = |path: &PathBuf| -> Option<u64> { path.file_stem()?.to_str()?.parse().ok() };
    let next = earlier.last().and_then(number).unwrap_or(0) + 1;
    write(&folder.join(format!("{next:08}.lock")), &lock.text())?;
    for old in earlier.iter().rev().skip(KEPT - 1) {
        drop(fs::remove_file(old));
    }
    Ok(())
}

/// Lists the earlier locks, the oldest first.
fn remembered(workspace: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(history(workspace)) else { return Vec::new() };
    let mut all: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "lock"))
        .collect();
    all.sort();
    all
}

fn write(path: &Path, text: &str) -> Result<(), RegistryError> {
    let disk = || RegistryError::disk(path);
    let mut file = fs::File::create(path).map_err(disk())?;
    file.write_all(text.as_bytes()).map_err(disk())?;
    file.sync_all().map_err(disk())
}

#[cfg(test)]
mod tests;
