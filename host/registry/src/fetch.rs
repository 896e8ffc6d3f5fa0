//! The archives of versions: from the registry's own folder, or by their URL,
//! and only if they are what the record says.

use std::fs;

use crate::archive::{self, Files, LARGEST};
use crate::contained::inside;
use crate::error::RegistryError;
use crate::id::Id;
use crate::in_place;
use crate::index::Known;
use crate::shelf::Shelf;

/// Fetches an archive and holds it against its record. Blocks, on no thread
/// of a runtime.
pub fn fetch(
    shelf: &Shelf,
    id: &Id,
    known: &Known,
    is_offline: bool,
) -> Result<Files, RegistryError> {
    let record = &known.record;
    let shown = id.to_string();
    let unfit = |why: String| RegistryError::Archive { id: shown.clone(), why };
    if record.size > LARGEST {
        return Err(unfit(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    if record.folder().is_some() {
        return in_place::files(&shelf.registry.path, id, record);
    }
    let bytes = if record.archive.contains("://") {
        if is_offline {
            let what = format!("the archive of `{id}` {}", record.version);
            return Err(RegistryError::Offline { what });
        }
        ctx_git::download(&record.archive, record.size)?
    } else {
        let path = inside(&shelf.registry.path, &record.archive)?;
        fs::read(&path).map_err(RegistryError::disk(&path))?
    };
    let found = archive::digest(&bytes);
    if found != record.sha256 || bytes.len() as u64 != record.size {
        return Err(RegistryError::Digest {
            id: id.to_string(),
            version: record.version.to_string(),
            wanted: record.sha256.clone(),
            found,
        });
    }
    archive::read(&bytes).map_err(unfit)
}
