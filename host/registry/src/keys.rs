//! Whose signatures count for a registry: the config's word, or the first key
//! that was met, which is kept in the user's state from then on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ctx_model::Registry;

use crate::error::RegistryError;
use crate::id::is_name;
use crate::key::SigningKey;

fn file(state: &Path) -> PathBuf {
    state.join("registry-keys.json")
}

/// A registry is told by its address: what is cloned anew from elsewhere has
/// to be trusted anew.
pub(crate) fn of(registry: &Registry) -> String {
    let place = registry.url.clone().unwrap_or_else(|| registry.path.display().to_string());
    format!("{} {place}", registry.name)
}

/// Returns the keys that count for a registry; none if none was met yet.
pub fn pinned(state: &Path, registry: &Registry) -> Result<Vec<String>, RegistryError> {
    if !registry.keys.is_empty() {
        return Ok(registry.keys.clone());
    }
    Ok(all(state)?.remove(&of(registry)).unwrap_or_default())
}

/// Keeps the first key that was met.
pub fn pin(state: &Path, registry: &Registry, key: &str) -> Result<(), RegistryError> {
    let mut all = all(state)?;
    let keys = all.entry(of(registry)).or_default();
    if keys.iter().any(|known| known == key) {
        return Ok(());
    }
    keys.push(key.to_owned());
    let path = file(state);
    let new = path.with_extension("json.new");
    let text = serde_json::to_string_pretty(&all)
        .map_err(|error| RegistryError::Lock { path: path.clone(), why: error.to_string() })?;
    fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(RegistryError::disk(&path))
}

fn all(state: &Path) -> Result<BTreeMap<String, Vec<String>>, RegistryError> {
    let path = file(state);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(RegistryError::Disk { path, error }),
    };
    // Taken for empty, it would trust the next key that comes along.
    serde_json::from_str(&text)
        .map_err(|error| RegistryError::Lock { path, why: error.to_string() })
}

/// Reads a key of the user's own, by its name.
pub fn own(state: &Path, name: &str) -> Result<SigningKey, RegistryError> {
    let path = place(state, name)?;
    let text = fs::read_to_string(&path).map_err(RegistryError::disk(&path))?;
    SigningKey::parse(&text).map_err(|why| RegistryError::Lock { path, why })
}

/// Makes a key of the user's own; one that is there is never replaced.
pub fn make(state: &Path, name: &str) -> Result<SigningKey, RegistryError> {
    let path = place(state, name)?;
    let disk = || RegistryError::disk(&path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(disk())?;
    }
    let key = SigningKey::generate().map_err(RegistryError::Refused)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(disk())?;
    std::io::Write::write_all(&mut file, key.kept().as_bytes()).map_err(disk())?;
    Ok(key)
}

fn place(state: &Path, name: &str) -> Result<PathBuf, RegistryError> {
    if !is_name(name) {
        let why = "a key's name is letters, digits, `-`, `_` and `.`".to_owned();
        return Err(RegistryError::Name { text: name.to_owned(), why });
    }
    Ok(state.join("keys").join(name))
}
