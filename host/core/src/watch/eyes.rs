//! How changes are seen: the system tells, or everything is looked at twice a
//! second if it cannot.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::{Error, ErrorKind, Event, RecommendedWatcher, Watcher as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::targets::{Targets, is_passing};

/// How often everything is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Files that are looked at, each time.
const MOST: usize = 100_000;

/// Rung when something has changed. Many changes are one ring.
#[derive(Default)]
pub(super) struct Bell {
    rung: Notify,
    /// Whether the system can tell no more.
    is_blind: AtomicBool,
    /// Whether a watched folder is gone, and its watch with it. Another may
    /// lie in its place by now, and nothing tells the two apart.
    is_torn: AtomicBool,
}

/// Sees changes until it is dropped.
pub(super) enum Eyes {
    System { _watcher: RecommendedWatcher },
    Looking(JoinHandle<()>),
}

impl Bell {
    pub(super) fn ring(&self) {
        self.rung.notify_one();
    }

    /// A watched folder is gone.
    fn tear(&self) {
        self.is_torn.store(true, Ordering::Relaxed);
        self.ring();
    }

    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Looks at everything from now on.
    pub(super) fn go_blind(&self) {
        self.is_blind.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_blind(&self) -> bool {
        self.is_blind.load(Ordering::Relaxed)
    }
}

impl Eyes {
    /// Begins to watch. Blocks for as long as it takes to walk the folders.
    pub(super) fn open(targets: &Arc<Targets>, bell: &Arc<Bell>) -> Self {
        if !bell.is_blind() {
            match system(targets, bell) {
                Ok(watcher) => return Self::System { _watcher: watcher },
                Err(error) => {
                    bell.go_blind();
                    let why = error.to_string();
                    tracing::warn!(why, "the system tells of no changes; looking for them instead");
                }
            }
        }
        Self::Looking(tokio::spawn(look(stamp(targets), targets.clone(), bell.clone())))
    }

    /// Whether these eyes still see.
    pub(super) fn are_good(&self, bell: &Bell) -> bool {
        let is_torn = bell.is_torn.load(Ordering::Relaxed);
        matches!(self, Self::Looking(_)) || !(is_torn || bell.is_blind())
    }
}

impl Drop for Eyes {
    fn drop(&mut self) {
        if let Self::Looking(task) = self {
            task.abort();
        }
    }
}

fn system(targets: &Arc<Targets>, bell: &Arc<Bell>) -> Result<RecommendedWatcher, Error> {
    bell.is_torn.store(false, Ordering::Relaxed);
    let (seen, ring) = (targets.clone(), bell.clone());
    let handler = move |event: Result<Event, Error>| match event {
        Ok(event) if !seen.concerns(&event) => {}
        Ok(event) => {
            if seen.loses_by(&event) {
                ring.tear();
            } else {
                ring.ring();
            }
        }
        Err(error) => {
            if matches!(error.kind, ErrorKind::MaxFilesWatch) {
                ring.go_blind();
            }
            ring.ring();
        }
    };
    // A link in an extensions folder may lead to half of the machine.
    let config = notify::Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(handler, config)?;
    for (folder, mode) in targets.watched() {
        match watcher.watch(folder, mode) {
            Ok(()) => {}
            // Gone since it was found: another look finds what is there now.
            Err(error) if is_gone(&error) => bell.tear(),
            Err(error) => return Err(error),
        }
    }
    Ok(watcher)
}

fn is_gone(error: &Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// Looks until something is different, again and again.
async fn look(mut last: u64, targets: Arc<Targets>, bell: Arc<Bell>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let looked = targets.clone();
        let Ok(now) = tokio::task::spawn_blocking(move || stamp(&looked)).await else { return };
        if now != last {
            last = now;
            bell.ring();
        }
    }
}

/// Sums up what is there, without reading it: names, sizes, times and which
/// file it is.
fn stamp(targets: &Targets) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in targets.files() {
        add(&mut hasher, file);
    }
    let mut left = MOST;
    for folder in targets.folders() {
        add(&mut hasher, folder);
        add_folder(&mut hasher, folder, Path::new(""), &mut left);
    }
    hasher.finish()
}

fn add_folder(hasher: &mut DefaultHasher, folder: &Path, below: &Path, left: &mut usize) {
    let Ok(entries) = fs::read_dir(folder.join(below)) else { return };
    let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    for name in names {
        let below = below.join(name);
        if is_passing(&below) {
            continue;
        }
        let Some(fewer) = left.checked_sub(1) else { return };
        *left = fewer;
        let path = folder.join(&below);
        if add(hasher, &path) {
            add_folder(hasher, folder, &below, left);
        }
    }
}

/// Adds one file, and returns whether it is a folder. Links are not followed.
fn add(hasher: &mut DefaultHasher, path: &Path) -> bool {
    path.hash(hasher);
    let found = fs::symlink_metadata(path).ok();
    let is_dir = found.as_ref().is_some_and(fs::Metadata::is_dir);
    // What a folder holds is added by itself; its own time says the same.
    if let Some(found) = found {
        is_dir.hash(hasher);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            (found.dev(), found.ino(), found.mode()).hash(hasher);
            if !is_dir {
                (found.size(), found.mtime(), found.mtime_nsec()).hash(hasher);
                (found.ctime(), found.ctime_nsec()).hash(hasher);
            }
        }
        #[cfg(not(unix))]
        if !is_dir {
            (found.len(), found.modified().ok()).hash(hasher);
        }
    }
    is_dir
}
