//! Extensions that say that what they said of themselves is out of date. Heard
//! inside of their calls, and acted on outside of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::{ExtensionName, Log, LogLine, Outdated, Progress};
use tokio::sync::Notify;

use crate::announce::Announcements;

/// Extensions, and what they say is out of date.
pub(crate) type Said = BTreeMap<ExtensionName, Vec<Outdated>>;

/// Those that nobody has asked again yet.
#[derive(Default)]
pub(crate) struct Stale {
    names: Mutex<Said>,
    bell: Notify,
}

impl Stale {
    fn add(&self, name: &ExtensionName, what: &Outdated) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let said = names.entry(name.clone()).or_default();
        if !said.contains(what) {
            said.push(what.clone());
            self.bell.notify_one();
        }
    }

    /// Takes all of them.
    pub(crate) fn take(&self) -> Said {
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
    pub(crate) announcements: Announcements,
}

impl Log for Listening {
    fn write(&self, line: &LogLine<'_>) {
        self.log.write(line);
    }

    fn progress(&self, progress: &Progress<'_>) {
        self.log.progress(progress);
    }

    fn changed(&self, extension: &ExtensionName, what: &Outdated) {
        match what {
            // Nobody need be asked again: whoever wants to know reads it.
            Outdated::Resource(_) => self.announcements.say(extension, what.clone()),
            Outdated::Tools | Outdated::Agents | Outdated::Resources => {
                self.stale.add(extension, what);
            }
        }
        self.log.changed(extension, what);
    }
}
