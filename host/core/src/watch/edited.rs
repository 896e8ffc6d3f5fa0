//! What somebody works on, file by file or folder by folder: tells when it has
//! changed and is quiet again. Nothing is reloaded.

use std::path::PathBuf;
use std::sync::Arc;

use super::eyes::{Bell, Eyes};
use super::settle;
use super::targets::{Targets, Wanted};

/// Files and folders that are watched until it is dropped.
pub struct Edited {
    paths: Vec<PathBuf>,
    bell: Arc<Bell>,
    targets: Arc<Targets>,
    eyes: Eyes,
}

impl Edited {
    /// Begins to watch; within a runtime. What is not there yet is seen when
    /// it comes.
    pub fn open(paths: Vec<PathBuf>) -> Self {
        let bell = Arc::new(Bell::default());
        let targets = Arc::new(Targets::find(&Wanted::only(&paths)));
        let eyes = Eyes::open(&targets, &bell);
        Self { paths, bell, targets, eyes }
    }

    /// Waits until something has changed, and then for a moment without any
    /// change. What changes meanwhile is told by the next call.
    pub async fn changed(&mut self) {
        self.bell.rung().await;
        settle(&self.bell).await;
        let targets = Targets::find(&Wanted::only(&self.paths));
        if targets != *self.targets || !self.eyes.are_good(&self.bell) {
            self.targets = Arc::new(targets);
            // The old ones see until the new ones do.
            self.eyes = Eyes::open(&self.targets, &self.bell);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_save_is_told_once_it_is_over_and_its_neighbours_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (file, neighbour) = (folder.path().join("a.lua"), folder.path().join("b.lua"));
        std::fs::write(&file, "1").unwrap();
        let mut edited = Edited::open(vec![file.clone()]);
        std::fs::write(&neighbour, "1").unwrap();
        std::fs::write(&file, "2").unwrap();
        edited.changed().await;
        // As editors save: beside it, and then in its place.
        std::fs::write(&neighbour, "3").unwrap();
        std::fs::rename(&neighbour, &file).unwrap();
        edited.changed().await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "3");
    }
}
