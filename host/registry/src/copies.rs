//! Copies of extensions: into the project, to be changed there. A copy is
//! there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{self, Files};
use crate::contained::link_in;
use crate::error::RegistryError;
use crate::id::Id;
use crate::shelf::Shelf;
use crate::store;

/// What came of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    To(PathBuf),
    /// Somebody copied it before.
    Before(PathBuf),
}

/// Copies the folder of an extension to where it wins: the nearest registry
/// that may be written to.
pub fn copy(shelves: &[Shelf], id: &Id, from: &Path) -> Result<Copied, RegistryError> {
    let nearest = shelves.iter().find(|shelf| !shelf.registry.readonly).ok_or_else(|| {
        RegistryError::Refused(
            "no writable registry found: add a registry with `readonly = false`, or make this \
             folder a workspace with `ctx init`"
                .to_owned(),
        )
    })?;
    let into = crate::contained::inside(&nearest.registry.path, &id.folder())?;
    if into.exists() {
        return Ok(Copied::Before(into));
    }
    if let Some(link) = link_in(from) {
        return Err(RegistryError::LeadsOut {
            root: from.to_owned(),
            path: link.display().to_string(),
            why: "it is a link".to_owned(),
        });
    }
    let files = gather(from)?;
    let name = format!(".{}.copying", id.name);
    let staging = into.with_file_name(name);
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(RegistryError::disk(&staging))?;
    }
    store::unpack(&staging, &files)?;
    fs::rename(&staging, &into).map_err(RegistryError::disk(&into))?;
    Ok(Copied::To(into))
}

fn gather(folder: &Path) -> Result<Files, RegistryError> {
    archive::gather(folder).map_err(|(path, error)| RegistryError::Disk { path, error })
}

/// Lays files out as a folder in one step, in the place of what is there.
pub fn lay_out(into: &Path, files: &Files) -> Result<(), RegistryError> {
    let name = into.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (staging, old) =
        (into.with_file_name(format!(".{name}.new")), into.with_file_name(format!(".{name}.old")));
    for left in [&staging, &old] {
        if left.exists() {
            fs::remove_dir_all(left).map_err(RegistryError::disk(left))?;
        }
    }
    store::unpack(&staging, files)?;
    if into.exists() {
        // Both are there at every moment, under one name or the other.
        let flags = rustix::fs::RenameFlags::EXCHANGE;
        let here = rustix::fs::CWD;
        rustix::fs::renameat_with(here, &staging, here, into, flags)
            .map_err(|error| RegistryError::Disk { path: into.to_owned(), error: error.into() })?;
        fs::rename(&staging, &old).map_err(RegistryError::disk(&old))?;
        return fs::remove_dir_all(&old).map_err(RegistryError::disk(&old));
    }
    fs::rename(&staging, into).map_err(RegistryError::disk(into))
}
