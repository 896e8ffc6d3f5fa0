//! Cloning registries and moving them forward. A change that is not plain to
//! see leaves a clone as it was.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ctx_git::Updated;
use ctx_model::Registry;
use rustix::fs::{FlockOperation, flock};

use crate::error::RegistryError;
use crate::shelf::Shelf;

/// The branch of a registry, unless the config says.
const BRANCH: &str = "main";

/// What came of an installation.
#[derive(Debug)]
pub enum Cloned {
    New(Box<Shelf>),
    /// It is there already.
    Before,
    /// It is a folder of this machine and nothing else.
    Local,
}

/// Clones a registry, if it has an address and is not there yet.
pub fn install(registry: &Registry) -> Result<Cloned, RegistryError> {
    let Some(url) = &registry.url else { return Ok(Cloned::Local) };
    if registry.path.exists() {
        return Ok(Cloned::Before);
    }
    ctx_git::clone(url, branch(registry), &registry.path)?;
    Ok(Cloned::New(Box::new(Shelf::open(registry.clone()))))
}

/// Clones a registry that no config names yet.
pub fn clone_into(url: &str, branch: &str, path: &Path) -> Result<(), RegistryError> {
    ctx_git::clone(url, branch, path)?;
    Ok(())
}

/// Moves a registry forward; absent if it has no address or is not there.
pub fn update(registry: &Registry) -> Result<Option<Updated>, RegistryError> {
    let Some(url) = &registry.url else { return Ok(None) };
    if !registry.path.exists() {
        return Ok(None);
    }
    Ok(Some(ctx_git::update_clone(&registry.path, url, branch(registry))?))
}

/// Moves a registry forward if nobody looked for so long; absent if somebody
/// did, or does this very moment.
pub fn update_if_older(
    registry: &Registry,
    than: Duration,
) -> Result<Option<Updated>, RegistryError> {
    // In the clone's own folder of git: it goes with the clone, and is no
    // change of it.
    let git = registry.path.join(".git");
    if registry.url.is_none() || !git.is_dir() {
        return Ok(None);
    }
    let path = git.join("ctx-looked");
    let mut options = fs::OpenOptions::new();
    let stamp = options.create(true).truncate(false).write(true).open(&path);
    let stamp = stamp.map_err(RegistryError::disk(&path))?;
    if flock(&stamp, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(None);
    }
    let found = stamp.metadata().map_err(RegistryError::disk(&path))?;
    let age = found.modified().ok().and_then(|looked| looked.elapsed().ok());
    if found.len() > 0 && age.is_some_and(|age| age < than) {
        return Ok(None);
    }
    let updated = update(registry)?;
    fs::write(&path, "looked\n").map_err(RegistryError::disk(&path))?;
    Ok(updated)
}

fn branch(registry: &Registry) -> &str {
    registry.branch.as_deref().unwrap_or(BRANCH)
}
