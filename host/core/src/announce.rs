//! What extensions say of themselves while they run: a list is out of date, or
//! what stands at an address. Whoever serves clients listens and tells them.

use std::sync::Arc;

use ctx_model::{ExtensionName, Outdated};
use tokio::sync::broadcast;

use crate::host::Host;

/// Announcements that a listener may be late by. One that is later has to take
/// everything for out of date.
const LATEST: usize = 256;

/// Something that an extension said is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    pub extension: ExtensionName,
    pub outdated: Outdated,
}

/// Where they are said.
#[derive(Clone)]
pub(crate) struct Announcements(broadcast::Sender<Arc<Announced>>);

impl Default for Announcements {
    fn default() -> Self {
        Self(broadcast::Sender::new(LATEST))
    }
}

impl Announcements {
    pub(crate) fn say(&self, extension: &ExtensionName, outdated: Outdated) {
        // Nobody need listen.
        drop(self.0.send(Arc::new(Announced { extension: extension.clone(), outdated })));
    }
}

impl Host {
    /// Tells of what extensions say is out of date, though the catalog is the
    /// same. A change of the catalog is told by [`Host::changes`].
    pub fn announcements(&self) -> broadcast::Receiver<Arc<Announced>> {
        self.announcements.0.subscribe()
    }
}
