//! What is watched, and which events concern us. Folders that are not there
//! yet are watched for in the nearest one that is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecursiveMode};

use crate::host::Host;

/// What the host would see changes of, by the paths it uses itself.
pub(super) struct Wanted {
    /// Folders of extensions, with everything in them.
    folders: Vec<PathBuf>,
    /// Configs, and the scripts that they name.
    configs: Vec<PathBuf>,
    /// Where grants and trust are written down.
    state: Vec<PathBuf>,
}

/// The same, by the paths of the machine, as it is now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Targets {
    folders: Vec<PathBuf>,
    configs: Vec<PathBuf>,
    state: Vec<PathBuf>,
    /// Folders to watch, each with whether to watch all below it, and which
    /// folder it is: one that was made anew has to be watched anew.
    watched: BTreeMap<PathBuf, (bool, Option<(u64, u64)>)>,
}

impl Wanted {
    pub(super) fn of(host: &Host) -> Self {
        let user = host.places.data.join("extensions");
        let registries = host.watched_registries();
        let lean_ctx = host.places.plugins.iter().chain(&host.places.foreign).cloned();
        let dirs = host.dirs().into_iter().map(|(_, path)| path);
        let folders = dirs.chain([user]).chain(lean_ctx).chain(registries.folders).collect();
        let state = ["state.sqlite", "state.sqlite-wal"];
        let scripts = host.entries().into_iter().map(|(_, path)| path);
        Self {
            folders,
            configs: host
                .authority()
                .files()
                .into_iter()
                .chain(scripts)
                .chain(registries.files)
                .collect(),
            state: state.iter().map(|name| host.places.state.join(name)).collect(),
        }
    }
}

impl Wanted {
    /// Files and folders as they are named, and nothing of the host's.
    pub(super) fn only(paths: &[PathBuf]) -> Self {
        let (folders, configs) = paths.iter().cloned().partition(|path| path.is_dir());
        Self { folders, configs, state: Vec::new() }
    }
}

impl Targets {
    /// Looks where everything is. Blocks.
    pub(super) fn find(wanted: &Wanted) -> Self {
        let mut targets = Self::default();
        for folder in &wanted.folders {
            let (real, anchor) = real(folder);
            let is_there = real == anchor && real.is_dir();
            targets.watch(&anchor, is_there);
            let named = targets.watch_name(folder, &real);
            targets.folders.extend([real].into_iter().chain(named));
        }
        for file in &wanted.configs {
            let found = targets.watch_file(file);
            targets.configs.extend(found);
        }
        for file in &wanted.state {
            let found = targets.watch_file(file);
            targets.state.extend(found);
        }
        targets
    }

    /// Lists the folders to watch.
    pub(super) fn watched(&self) -> impl Iterator<Item = (&Path, RecursiveMode)> {
        self.watched.iter().map(|(path, (all, _))| {
            let mode = if *all { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            (path.as_path(), mode)
        })
    }

    /// Lists the folders of extensions.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// Lists the single files.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.configs.iter().chain(&self.state).map(PathBuf::as_path)
    }

    /// Whether an event may change what is installed or what it may do.
    pub(super) fn concerns(&self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        // Reading is no change, and we read a lot ourselves.
        let closed = matches!(event.kind, EventKind::Access(AccessKind::Close(AccessMode::Write)));
        if matches!(event.kind, EventKind::Access(_)) && !closed {
            return false;
        }
        // Every process that opens the state touches it.
        let touched = closed || matches!(event.kind, EventKind::Modify(ModifyKind::Metadata(_)));
        event.paths.iter().any(|path| {
            let is_above = |target: &PathBuf| target.starts_with(path);
            self.configs.iter().any(is_above)
                || (!touched && self.state.iter().any(is_above))
                || self.folders.iter().any(|folder| {
                    is_above(folder)
                        || path.strip_prefix(folder).is_ok_and(|below| !is_passing(below))
                })
        })
    }

    /// Whether an event means that a watched folder is not where it was.
    pub(super) fn loses_by(&self, event: &Event) -> bool {
        matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
            && event.paths.iter().any(|path| self.watched.keys().any(|w| w.starts_with(path)))
    }

    fn watch(&mut self, folder: &Path, all: bool) {
        let watched = self.watched.entry(folder.to_owned());
        watched.or_insert_with(|| (false, identity(folder))).0 |= all;
    }

    fn watch_file(&mut self, file: &Path) -> Vec<PathBuf> {
        let (real, _) = real(file);
        if let Some(parent) = real.parent() {
            self.watch(&self::real(parent).1, false);
        }
        let named = self.watch_name(file, &real);
        [real].into_iter().chain(named).collect()
    }

    /// Watches for a link to be turned around, if the path is one. Returns
    /// where the link is.
    fn watch_name(&mut self, path: &Path, leads_to: &Path) -> Option<PathBuf> {
        let (parent, anchor) = real(path.parent()?);
        let named = parent.join(path.file_name()?);
        if named == leads_to {
            return None;
        }
        self.watch(&anchor, false);
        Some(named)
    }
}

/// Whether a path below a folder of extensions is nothing that lasts: hidden
/// files, and what editors and copies leave behind for a moment.
pub(super) fn is_passing(below: &Path) -> bool {
    let is_hidden = |part: &std::ffi::OsStr| part.as_encoded_bytes().starts_with(b".");
    let name = below.file_name().map(std::ffi::OsStr::as_encoded_bytes).unwrap_or_default();
    below.iter().any(is_hidden)
        || [b"~".as_slice(), b".tmp", b".swp", b".lock", b".part"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Returns where a path is once links are followed, as far as it is there, and
/// the nearest folder that is.
fn real(path: &Path) -> (PathBuf, PathBuf) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(real) = path.canonicalize() {
        return (real.clone(), real);
    }
    for above in path.ancestors().skip(1) {
        if let Ok(found) = above.canonicalize()
            && found.is_dir()
            && let Ok(rest) = path.strip_prefix(above)
        {
            return (found.join(rest), found);
        }
    }
    (path.clone(), path)
}

/// Tells a folder from one that is put in its place.
fn identity(folder: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(folder).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    Some((0, u64::from(found.is_dir())))
}

#[cfg(test)]
mod tests;
