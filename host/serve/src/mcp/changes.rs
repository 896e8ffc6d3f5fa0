//! Telling clients that lists have changed: those with a session by a task
//! that lives as long as it, those without on a stream that they asked for.

use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::listing::Lists;
use super::session::Server;

/// What a client may have seen, and when that is out of date.
pub(crate) struct Watched {
    server: Arc<Server>,
    changes: watch::Receiver<u64>,
    seen: Option<Arc<Lists>>,
}

/// Which lists to ask for again.
struct Changed {
    tools: bool,
    prompts: bool,
}

impl Watched {
    /// Begins with what there is now.
    pub(crate) fn new(server: &Arc<Server>) -> Self {
        let changes = server.host.changes();
        let seen = server.host.current().map(|catalog| server.listed.of(&catalog));
        Self { server: server.clone(), changes, seen }
    }

    /// Waits for another catalog. Returns nothing once there will be none.
    async fn next(&mut self) -> Option<Changed> {
        self.changes.changed().await.ok()?;
        let now = self.server.host.current().map(|catalog| self.server.listed.of(&catalog));
        let changed = match (&self.seen, &now) {
            (Some(seen), Some(now)) => {
                Changed { tools: seen.tools != now.tools, prompts: seen.prompts != now.prompts }
            }
            _ => Changed { tools: true, prompts: true },
        };
        self.seen = now;
        Some(changed)
    }
}

/// Tells a client with a session, until the guard is dropped.
pub(crate) fn tell(mut watched: Watched, peer: Peer<RoleServer>) -> DropGuard {
    let over = CancellationToken::new();
    let guard = over.clone().drop_guard();
    tokio::spawn(async move {
        let telling = async {
            while let Some(changed) = watched.next().await {
                if notify(&peer, &changed).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = telling => {}
            () = over.cancelled() => {}
        }
    });
    guard
}

async fn notify(peer: &Peer<RoleServer>, changed: &Changed) -> Result<(), rmcp::ServiceError> {
    if changed.tools {
        peer.notify_tool_list_changed().await?;
    }
    if changed.prompts {
        peer.notify_prompt_list_changed().await?;
    }
    // Documents come and go with the connectors that gather them.
    peer.notify_resource_list_changed().await
}

/// Tells a client without a session, until it hangs up or the server stops.
pub(crate) async fn listen(server: &Arc<Server>, context: &SubscriptionContext) {
    let mut watched = Watched::new(server);
    let telling = async {
        let (sink, accepted) = (context.sink(), context.accepted());
        while let Some(changed) = watched.next().await {
            if changed.tools && accepted.tools_list_changed == Some(true) {
                sink.notify_tool_list_changed().await?;
            }
            if changed.prompts && accepted.prompts_list_changed == Some(true) {
                sink.notify_prompt_list_changed().await?;
            }
            if accepted.resources_list_changed == Some(true) {
                sink.notify_resource_list_changed().await?;
            }
        }
        Ok::<_, rmcp::service::SubscriptionSendError>(())
    };
    tokio::select! {
        // Whoever cannot be told has gone.
        _ = telling => {}
        () = context.cancelled() => {}
        () = server.shutdown.cancelled() => {}
    }
}
