//! Versions that lie in a registry as files: their archive is what `ctx pack`
//! makes of the folder. Of several versions of one folder only the last is
//! still there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::archive::{self, Files};
use crate::contained::inside;
use crate::error::RegistryError;
use crate::id::Id;
use crate::index::{self, Known, Versions};
use crate::record::Record;

/// Reads the files of a version, if they are what its record says.
pub(crate) fn files(root: &Path, id: &Id, record: &Record) -> Result<Files, RegistryError> {
    let folder = inside(root, record.folder().unwrap_or(&record.archive))?;
    let files =
        archive::gather(&folder).map_err(|(path, error)| RegistryError::Disk { path, error })?;
    let mut counted = files.clone();
    if let Some(built) = &record.built {
        counted.remove(&built.file);
    }
    let bytes = archive::write(&counted);
    let found = archive::digest(&bytes);
    if found != record.sha256 || bytes.len() as u64 != record.size {
        return Err(RegistryError::Digest {
            id: id.to_string(),
            version: record.version.to_string(),
            wanted: record.sha256.clone(),
            found,
        });
    }
    match &record.built {
        Some(built) if !files.contains_key(&built.file) => Err(RegistryError::Archive {
            id: id.to_string(),
            why: format!(
                "`{}` is not there: it is built from `{}`, and comes with `ctx registry init`",
                built.file, built.from
            ),
        }),
        _ => Ok(files),
    }
}

/// Lists the versions that lie in the registry now: for each folder the one
/// that was written last.
pub(crate) fn present(versions: &Versions) -> BTreeMap<&str, &Known> {
    let mut present: BTreeMap<&str, &Known> = BTreeMap::new();
    for known in versions.all.values() {
        let Some(folder) = known.record.folder() else { continue };
        let last = present.entry(folder).or_insert(known);
        if last.line < known.line {
            *last = known;
        }
    }
    present
}

/// Returns the newest version of an extension that lies in a registry as files,
/// if it has any there; its files are what its record says.
pub fn lying(root: &Path, id: &Id) -> Result<Option<Known>, RegistryError> {
    let Some(versions) = index::read(root, id)? else { return Ok(None) };
    let present = present(&versions);
    let Some(known) = present.values().max_by_key(|known| known.line) else { return Ok(None) };
    files(root, id, &known.record)?;
    Ok(Some((*known).clone()))
}

/// Makes a version one that can be chosen: from here on its digest and its
/// size are those of all its files, what was built among them. Returns why it
/// cannot be chosen, if it lies there no more.
fn settle(
    root: &Path,
    id: &Id,
    known: &mut Known,
    is_present: bool,
) -> Result<Option<String>, RegistryError> {
    if known.record.folder().is_none() {
        return Ok(None);
    }
    if !is_present {
        let version = &known.record.version;
        return Ok(Some(format!("`{id}` {version} lies in its registry no more")));
    }
    let files = match files(root, id, &known.record) {
        Ok(files) => files,
        Err(RegistryError::Archive { why, .. }) => {
            return Ok(Some(format!("`{id}` {} cannot be had: {why}", known.record.version)));
        }
        Err(error) => return Err(error),
    };
    if known.record.built.take().is_some() {
        let bytes = archive::write(&files);
        known.record.size = bytes.len() as u64;
        known.record.sha256 = archive::digest(&bytes);
    }
    Ok(None)
}

/// Settles all versions. Returns why some of them cannot be chosen.
pub fn settle_all(
    root: &Path,
    versions: &mut Versions,
) -> Result<BTreeMap<semver::Version, String>, RegistryError> {
    let lines: Vec<usize> = present(versions).values().map(|known| known.line).collect();
    let (id, mut gone) = (versions.id.clone(), BTreeMap::new());
    for known in versions.all.values_mut() {
        if let Some(why) = settle(root, &id, known, lines.contains(&known.line))? {
            gone.insert(known.record.version.clone(), why);
        }
    }
    Ok(gone)
}
