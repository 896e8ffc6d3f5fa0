//! Extensions that say that what they said of themselves is out of date. Heard
//! inside of their calls, and acted on outside of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::{ExtensionName, Log, LogLine, Progress};
use tokio::sync::Notify;

/// Those that nobody has asked again yet.
#[derive(Default)]
pub(crate) struct Stale {
    names: Mutex<BTreeSet<ExtensionName>>,
    bell: Notify,
}

impl Stale {
    fn add(&self, name: &ExtensionName) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.insert(name.clone()) {
            self.bell.notify_one();
        }
    }

    /// Takes all of them.
    pub(crate) fn take(&self) -> BTreeSet<ExtensionName> {
        std::mem::take(&mut self.names.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until there are some.
    pub(super) async fn told(&self) {
        self.bell.notified().await;
    }
}

/// A log that listens for extensions that have changed.
pub(crate) struct Listening {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) stale: Arc<Stale>,
}

impl Log for Listening {
    fn write(&self, line: &LogLine<'_>) {
        self.log.write(line);
    }

    fn progress(&self, progress: &Progress<'_>) {
        self.log.progress(progress);
    }

    fn changed(&self, extension: &ExtensionName) {
        self.stale.add(extension);
        self.log.changed(extension);
    }
}
