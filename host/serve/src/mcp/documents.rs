//! Documents change when a source is synced, by whichever process. The store
//! counts the changes; it is asked how far it is, and whoever listens is told.

use std::sync::{Arc, Weak};
use std::time::Duration;

use ctx_core::Host;
use ctx_model::DocumentId;
use ctx_store::DocumentStamp;
use tokio::sync::watch;

use super::resources;
use super::session::Server;

/// How often the store is asked.
const TICK: Duration = Duration::from_secs(2);

/// How far the documents have changed.
pub(crate) struct Documents(watch::Sender<Option<i64>>);

impl Documents {
    /// Begins with how far they are now, so that no change is missed.
    pub(crate) fn now(host: &Host) -> Self {
        Self(watch::Sender::new(host.documents_mark().ok()))
    }

    /// Tells of changes from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<Option<i64>> {
        self.0.subscribe()
    }
}

/// Asks the store now and then, until the server stops or is gone.
pub(crate) async fn look(server: Weak<Server>) {
    let Some(shutdown) = server.upgrade().map(|server| server.shutdown.clone()) else { return };
    let looking = async {
        loop {
            tokio::time::sleep(TICK).await;
            let Some(server) = server.upgrade() else { break };
            let mark = resources::on_disk(&server.host, Host::documents_mark).await;
            // What cannot be read now may be later.
            if let Ok(Ok(mark)) = mark {
                server.documents.0.send_if_modified(|known| {
                    let is_change = known.is_some_and(|known| known != mark);
                    *known = Some(mark);
                    is_change
                });
            }
        }
    };
    tokio::select! {
        () = looking => {}
        () = shutdown.cancelled() => {}
    }
}

/// Returns what tells a document from what it was; nothing if it is not there.
pub(crate) async fn stamp(host: &Arc<Host>, id: DocumentId) -> Option<DocumentStamp> {
    let found = resources::on_disk(host, move |host| host.document_stamp(id)).await;
    found.ok()?.ok()?
}
