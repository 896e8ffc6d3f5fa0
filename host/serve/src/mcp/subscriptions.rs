//! The addresses that a client wants to hear of: of what extensions hold, and
//! of documents, each with what it was when the client was last told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ctx_store::DocumentStamp;
use rmcp::ErrorData;

use super::session::Server;
use super::{documents, resources};

/// Addresses that one client may watch.
const MOST: usize = 1000;

/// What one client watches, and which document it is. Nothing if an extension
/// holds it.
#[derive(Clone, Default)]
pub(crate) struct Subscriptions(Arc<Mutex<BTreeMap<String, Option<DocumentStamp>>>>);

impl Subscriptions {
    /// Begins to watch an address.
    pub(crate) async fn add(&self, server: &Server, uri: String) -> Result<(), ErrorData> {
        let stamp = match resources::document_at(&uri) {
            Some(id) => documents::stamp(&server.host, id).await,
            None => None,
        };
        if stamp.is_none() && !is_held(server, &uri).await {
            return Err(resources::unknown(&uri));
        }
        let mut watched = self.watched();
        if watched.len() >= MOST && !watched.contains_key(&uri) {
            let text = format!("no more than {MOST} resources can be watched; give one up first");
            return Err(ErrorData::invalid_params(text, None));
        }
        watched.insert(uri, stamp);
        Ok(())
    }

    /// Watches an address no more, if it was watched.
    pub(crate) fn remove(&self, uri: &str) {
        self.watched().remove(uri);
    }

    pub(crate) fn contains(&self, uri: &str) -> bool {
        self.watched().contains_key(uri)
    }

    /// Returns the addresses at which another document stands than before, or
    /// none any more. Those are taken for told.
    pub(crate) async fn outdated(&self, server: &Server) -> Vec<String> {
        let watched: Vec<String> = self.watched().keys().cloned().collect();
        let mut outdated = Vec::new();
        for uri in watched {
            let Some(id) = resources::document_at(&uri) else { continue };
            let now = documents::stamp(&server.host, id).await;
            if let Some(known) = self.watched().get_mut(&uri)
                && *known != now
            {
                *known = now;
                outdated.push(uri);
            }
        }
        outdated
    }

    fn watched(&self) -> MutexGuard<'_, BTreeMap<String, Option<DocumentStamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn is_held(server: &Server, uri: &str) -> bool {
    server.host.catalog().await.is_ok_and(|catalog| catalog.holds(uri))
}
