//! The addresses that a client with a session wants to hear of. Those of
//! documents are none: a document changes when a source is synced, which the
//! lists tell.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::ErrorData;

use super::resources;
use super::session::Server;

/// Addresses that one client may watch.
const MOST: usize = 1000;

/// What one client watches.
#[derive(Clone, Default)]
pub(crate) struct Subscriptions(Arc<Mutex<BTreeSet<String>>>);

impl Subscriptions {
    /// Begins to watch an address.
    pub(crate) async fn add(&self, server: &Server, uri: String) -> Result<(), ErrorData> {
        if !is_watched(server, &uri).await {
            return Err(resources::unknown(&uri));
        }
        let mut watched = self.watched();
        if watched.len() >= MOST && !watched.contains(&uri) {
            let text = format!("no more than {MOST} resources can be watched; give one up first");
            return Err(ErrorData::invalid_params(text, None));
        }
        watched.insert(uri);
        Ok(())
    }

    /// Watches an address no more, if it was watched.
    pub(crate) fn remove(&self, uri: &str) {
        self.watched().remove(uri);
    }

    pub(crate) fn contains(&self, uri: &str) -> bool {
        self.watched().contains(uri)
    }

    fn watched(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn is_watched(server: &Server, uri: &str) -> bool {
    server.host.catalog().await.is_ok_and(|catalog| catalog.holds(uri))
}
