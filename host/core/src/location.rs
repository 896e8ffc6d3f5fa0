//! Where the workspace's store is: in `.ctx`, or where `[db] path` says.

use std::fs;
use std::path::{Component, Path, PathBuf};

use ctx_store::{Store, StoreError};

use crate::authority::Authority;
use crate::error::OpenError;
use crate::places::Places;
use crate::workspace;

/// Where a store is.
#[derive(Debug)]
pub(crate) enum Location {
    /// In a folder of its own.
    Folder(PathBuf),
    /// In this file, with the rest beside it.
    File(PathBuf),
    /// Nowhere, for this reason.
    Nowhere(StoreError),
}

/// What stands beside a database, named after it.
const BESIDE: [&str; 5] = [".locks", ".index", "-wal", "-shm", "-journal"];

/// Finds the store. One outside of the workspace has to be the operator's word:
/// a clone must not make us write elsewhere.
pub(crate) fn find(
    places: &Places,
    workspace: &Path,
    authority: &Authority,
) -> Result<Location, OpenError> {
    let folder = workspace.join(workspace::FOLDER);
    let usual = folder.join("data");
    let Some((written, is_own_word)) = authority.database() else {
        workspace::check(&folder)?;
        return Ok(Location::Folder(usual));
    };
    let path = plain(&places.resolve(workspace, written));
    if written == ":memory:" {
        let why = "`db.path` is `:memory:`, and must name a file: what is gathered is kept";
        return Ok(Location::Nowhere(StoreError::Unusable { path, why: why.to_owned() }));
    }
    if path == plain(&usual.join("ctx.sqlite")) {
        workspace::check(&folder)?;
        return Ok(Location::Folder(usual));
    }
    let wrong = |why: &str| {
        let (path, why) = (path.clone(), why.to_owned());
        Ok(Location::Nowhere(StoreError::Unusable { path, why }))
    };
    if path.is_dir() {
        return wrong("`db.path` names a folder, and must name a file");
    }
    if !is_own_word {
        let Ok(below) = path.strip_prefix(plain(workspace)) else {
            return wrong(
                "`db.path` leads out of the workspace; read the config and run `ctx trust`",
            );
        };
        let first = |name: &str| {
            let first = below.components().next().map(Component::as_os_str);
            first.is_some_and(|first| first.eq_ignore_ascii_case(name))
        };
        let is_ours = below.starts_with(Path::new(workspace::FOLDER).join("data"));
        if first(".git") || (first(workspace::FOLDER) && !is_ours) {
            return wrong(
                "`db.path` is where no database belongs; read the config and run `ctx trust`",
            );
        }
        let parts = below.ancestors().filter(|part| !part.as_os_str().is_empty());
        let is_link = |part: &Path| {
            fs::symlink_metadata(workspace.join(part)).is_ok_and(|it| it.is_symlink())
        };
        // What the store puts beside the file is written, too.
        let is_linked_beside = BESIDE.iter().any(|suffix| {
            let mut beside = below.as_os_str().to_owned();
            beside.push(suffix);
            is_link(Path::new(&beside))
        });
        if is_linked_beside || parts.into_iter().any(is_link) {
            return wrong("`db.path` leads over a link; read the config and run `ctx trust`");
        }
    }
    Ok(Location::File(path))
}

impl Location {
    /// Opens the store, and creates what is absent.
    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        match self {
            Self::Folder(folder) => Store::open(folder),
            Self::File(file) => Store::open_file(file),
            Self::Nowhere(why) => Err(why.clone()),
        }
    }
}

/// Takes `.` and `..` out of a path, without a look at the disk.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
