//! Versions that are on this machine, each in a folder that is named after its
//! digest. A folder is there whole or not at all, and never changes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::archive::{self, Files};
use crate::error::RegistryError;

/// Returns where a version is, or would be.
pub fn folder(data: &Path, sha256: &str) -> PathBuf {
    data.join("versions").join(sha256)
}

/// Unpacks an archive beside its place, and moves it there in one step. What
/// a killed run left behind is taken away first.
pub fn keep(data: &Path, sha256: &str, files: &Files) -> Result<PathBuf, RegistryError> {
    let place = folder(data, sha256);
    if place.is_dir() {
        return Ok(place);
    }
    let staging = staging(data, sha256);
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(RegistryError::disk(&staging))?;
    }
    let made = unpack(&staging, files).and_then(|()| match fs::rename(&staging, &place) {
        // Another process was faster: it is the same.
        Err(_) if place.is_dir() => Ok(()),
        renamed => renamed.map_err(RegistryError::disk(&place)),
    });
    if staging.exists() {
        drop(fs::remove_dir_all(&staging));
    }
    made.map(|()| place)
}

/// Unpacks an archive into a folder for a trial, outside of what is in use.
pub fn unpack(folder: &Path, files: &Files) -> Result<(), RegistryError> {
    fs::create_dir_all(folder).map_err(RegistryError::disk(folder))?;
    for (path, bytes) in files {
        let path = folder.join(path);
        let disk = || RegistryError::disk(&path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(disk())?;
        }
        let mut file = fs::File::create(&path).map_err(disk())?;
        file.write_all(bytes).map_err(disk())?;
        file.sync_all().map_err(disk())?;
    }
    Ok(())
}

/// Checks that what is kept is what its digest says.
pub fn is_whole(data: &Path, sha256: &str) -> Result<bool, RegistryError> {
    let folder = folder(data, sha256);
    if !folder.is_dir() {
        return Ok(false);
    }
    let files =
        archive::gather(&folder).map_err(|(path, error)| RegistryError::Disk { path, error })?;
    Ok(archive::digest(&archive::write(&files)) == sha256)
}

/// Deletes versions that no lock here names and that are older than any that
/// could be gone back to. What other workspaces use is found missing by them,
/// and fetched again.
pub fn remove(data: &Path, sha256: &str) -> Result<(), RegistryError> {
    let folder = folder(data, sha256);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RegistryError::Disk { path: folder, error })
        }
        _ => Ok(()),
    }
}

fn staging(data: &Path, sha256: &str) -> PathBuf {
    let process = std::process::id();
    data.join("versions").join(format!(".{sha256}.{process}"))
}
