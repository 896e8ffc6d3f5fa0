//! Telling clients that lists have changed, or what stands at an address: those
//! with a session by a task that lives as long as it, those without on a
//! stream that they asked for.

use std::sync::Arc;

use ctx_core::{Announced, Economy};
use ctx_model::{Outdated, Reach};
use rmcp::RoleServer;
use rmcp::model::{ResourceUpdatedNotificationParam, Tool};
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::listing::Lists;
use super::session::Server;
use super::subscriptions::Subscriptions;
use super::view;

/// What a client may have seen, and when that is out of date.
pub(crate) struct Watched {
    server: Arc<Server>,
    changes: watch::Receiver<u64>,
    announced: broadcast::Receiver<Arc<Announced>>,
    /// The tools that it is shown.
    tools: Reach,
    seen: Option<Seen>,
}

/// What lists are made of.
struct Seen {
    lists: Arc<Lists>,
    economy: Arc<Economy>,
}

/// What to ask for again.
#[derive(Default)]
struct Changed {
    tools: bool,
    prompts: bool,
    resources: bool,
    /// Addresses at which something else stands, by all that they go by.
    addresses: Vec<String>,
}

impl Watched {
    /// Begins with what there is now.
    pub(crate) fn new(server: &Arc<Server>, tools: Reach) -> Self {
        let (changes, announced) = (server.host.changes(), server.host.announcements());
        Self { server: server.clone(), changes, announced, tools, seen: Seen::now(server) }
    }

    /// Waits for another catalog, or for an extension to say something. Returns
    /// nothing once there will be neither.
    async fn next(&mut self) -> Option<Changed> {
        tokio::select! {
            changed = self.changes.changed() => {
                changed.ok()?;
                Some(self.another_catalog())
            }
            announced = self.announced.recv() => Some(match announced {
                Ok(announced) => self.announced(&announced),
                // What was missed may have been anything.
                Err(RecvError::Lagged(_)) => {
                    Changed { tools: true, prompts: true, resources: true, addresses: Vec::new() }
                }
                Err(RecvError::Closed) => return None,
            }),
        }
    }

    fn another_catalog(&mut self) -> Changed {
        let now = Seen::now(&self.server);
        let (tools, prompts) = match (&self.seen, &now) {
            (Some(seen), Some(now)) => (
                seen.tools(&self.tools) != now.tools(&self.tools),
                seen.lists.prompts != now.lists.prompts,
            ),
            _ => (true, true),
        };
        let changed = Changed {
            tools,
            prompts,
            // Documents come and go with the connectors that gather them.
            resources: true,
            addresses: Vec::new(),
        };
        self.seen = now;
        changed
    }

    fn announced(&self, announced: &Announced) -> Changed {
        let mut changed = Changed::default();
        match &announced.outdated {
            Outdated::Tools => changed.tools = true,
            Outdated::Agents => changed.prompts = true,
            Outdated::Resources => changed.resources = true,
            Outdated::Resource(uri) => {
                let catalog = self.server.host.current();
                changed.addresses = catalog
                    .map(|catalog| catalog.shown_at(&announced.extension, uri))
                    .unwrap_or_default();
            }
        }
        changed
    }
}

impl Seen {
    fn now(server: &Server) -> Option<Self> {
        let catalog = server.host.current()?;
        Some(Self { lists: server.listed.of(&catalog), economy: server.host.economy() })
    }

    fn tools(&self, reach: &Reach) -> Vec<Tool> {
        view::shown(&self.economy, &self.lists, reach)
    }
}

/// Tells a client with a session, until the guard is dropped.
pub(crate) fn tell(
    mut watched: Watched,
    subscriptions: Subscriptions,
    peer: Peer<RoleServer>,
) -> DropGuard {
    let over = CancellationToken::new();
    let guard = over.clone().drop_guard();
    tokio::spawn(async move {
        let telling = async {
            while let Some(changed) = watched.next().await {
                if notify(&peer, &subscriptions, changed).await.is_err() {
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

async fn notify(
    peer: &Peer<RoleServer>,
    subscriptions: &Subscriptions,
    changed: Changed,
) -> Result<(), rmcp::ServiceError> {
    if changed.tools {
        peer.notify_tool_list_changed().await?;
    }
    if changed.prompts {
        peer.notify_prompt_list_changed().await?;
    }
    if changed.resources {
        peer.notify_resource_list_changed().await?;
    }
    for uri in changed.addresses {
        if subscriptions.contains(&uri) {
            peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await?;
        }
    }
    Ok(())
}

/// Tells a client without a session, until it hangs up or the server stops.
pub(crate) async fn listen(server: &Arc<Server>, context: &SubscriptionContext, tools: Reach) {
    let mut watched = Watched::new(server, tools);
    let telling = async {
        let (sink, accepted) = (context.sink(), context.accepted());
        while let Some(changed) = watched.next().await {
            if changed.tools && accepted.tools_list_changed == Some(true) {
                sink.notify_tool_list_changed().await?;
            }
            if changed.prompts && accepted.prompts_list_changed == Some(true) {
                sink.notify_prompt_list_changed().await?;
            }
            if changed.resources && accepted.resources_list_changed == Some(true) {
                sink.notify_resource_list_changed().await?;
            }
            for uri in changed.addresses {
                if accepted.resource_subscriptions.as_ref().is_some_and(|all| all.contains(&uri)) {
                    sink.notify_resource_updated(uri).await?;
                }
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
