//! What was read of the index of a signed extension: lines are only ever added,
//! so one that takes a version back cannot be taken out again by whoever may
//! write to a clone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ctx_model::Registry;
use serde::{Deserialize, Serialize};

use crate::archive;
use crate::contained::inside;
use crate::error::RegistryError;
use crate::id::Id;
use crate::index::{self, Versions};
use crate::keys;

/// By registry and by extension.
type All = BTreeMap<String, BTreeMap<Id, Seen>>;

/// How much of a file was read, and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    bytes: usize,
    sha256: String,
}

fn file(state: &Path) -> PathBuf {
    state.join("registry-seen.json")
}

/// Fails if lines are gone or others that were read before; else notes what is
/// there now. Of what nobody signed nothing is noted.
pub fn hold(state: &Path, registry: &Registry, versions: &Versions) -> Result<(), RegistryError> {
    if versions.all.values().all(|known| known.record.key.is_none()) {
        return Ok(());
    }
    let path = inside(&registry.path, &index::path(&versions.id))?;
    let bytes = fs::read(&path).map_err(RegistryError::disk(&path))?;
    let mut all = read(state)?;
    let of = all.entry(keys::of(registry)).or_default();
    let is_same = |seen: &Seen| {
        bytes.get(..seen.bytes).is_some_and(|begin| archive::digest(begin) == seen.sha256)
    };
    if of.get(&versions.id).is_some_and(|seen| !is_same(seen)) {
        let why = format!(
            "lines that were read before were changed or taken away (what was read is noted in \
             `{}`)",
            file(state).display()
        );
        return Err(RegistryError::Index { path, line: 1, why });
    }
    let now = Seen { bytes: bytes.len(), sha256: archive::digest(&bytes) };
    if of.get(&versions.id) == Some(&now) {
        return Ok(());
    }
    of.insert(versions.id.clone(), now);
    write(state, &all)
}

fn read(state: &Path) -> Result<All, RegistryError> {
    let path = file(state);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(All::new()),
        Err(error) => return Err(RegistryError::Disk { path, error }),
    };
    // Taken for empty, it would forget what was taken back.
    serde_json::from_str(&text)
        .map_err(|error| RegistryError::Lock { path, why: error.to_string() })
}

fn write(state: &Path, all: &All) -> Result<(), RegistryError> {
    let path = file(state);
    let new = path.with_extension("json.new");
    let text = serde_json::to_string_pretty(all)
        .map_err(|error| RegistryError::Lock { path: path.clone(), why: error.to_string() })?;
    fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(RegistryError::disk(&path))
}
