//! Telling clients that lists have changed, or what stands at an address: those
//! with a session by a task that lives as long as it, those without on a
//! stream that they asked for.

use std::sync::Arc;

use ctx_core::{Announced, Catalog, Economy, Truths};
use ctx_model::{Outdated, Reach};
use rmcp::RoleServer;
use rmcp::model::{ResourceUpdatedNotificationParam, Tool};
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::caller::Client;
use super::listing::Lists;
use super::session::Server;
use super::subscriptions::Subscriptions;
use super::{tools, view};

/// What a client may have seen, and when that is out of date.
pub(crate) struct Watched {
    server: Arc<Server>,
    changes: watch::Receiver<u64>,
    /// What is said of tools depends on what their extensions may do.
    regrants: watch::Receiver<u64>,
    announced: broadcast::Receiver<Arc<Announced>>,
    documents: watch::Receiver<Option<i64>>,
    /// The tools that it is shown.
    tools: Reach,
    seen: Option<Seen>,
}

/// What lists are made of.
struct Seen {
    catalog: Arc<Catalog>,
    lists: Arc<Lists>,
    economy: Arc<Economy>,
    truths: Arc<Truths>,
}

/// What to ask for again.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a list of its own")]
struct Changed {
    tools: bool,
    prompts: bool,
    resources: bool,
    /// Addresses at which something else stands, by all that they go by.
    addresses: Vec<String>,
    /// Whether documents are others than they were.
    documents: bool,
}

impl Watched {
    /// Begins with what there is now.
    pub(crate) fn new(server: &Arc<Server>, tools: Reach) -> Self {
        let (changes, regrants) = (server.host.changes(), server.host.regrants());
        let (announced, documents) = (server.host.announcements(), server.documents.changes());
        let (server, seen) = (server.clone(), Seen::now(server));
        Self { server, changes, regrants, announced, documents, tools, seen }
    }

    /// Waits for another catalog, for other grants, or for an extension to say
    /// something. Returns nothing once there will be none of it.
    async fn next(&mut self) -> Option<Changed> {
        tokio::select! {
            changed = self.changes.changed() => {
                changed.ok()?;
                Some(self.compared())
            }
            changed = self.regrants.changed() => {
                changed.ok()?;
                Some(self.compared())
            }
            announced = self.announced.recv() => Some(match announced {
                Ok(announced) => self.announced(&announced),
                // What was missed may have been anything.
                Err(RecvError::Lagged(_)) => {
                    Changed { tools: true, prompts: true, resources: true, ..Changed::default() }
                }
                Err(RecvError::Closed) => return None,
            }),
            changed = self.documents.changed() => {
                changed.ok()?;
                Some(Changed { resources: true, documents: true, ..Changed::default() })
            }
        }
    }

    /// Holds what there is now against what the client may have seen.
    fn compared(&mut self) -> Changed {
        let now = Seen::now(&self.server);
        let (tools, prompts, resources) = match (&self.seen, &now) {
            (Some(seen), Some(now)) => (
                seen.tools(&self.tools) != now.tools(&self.tools),
                seen.lists.prompts != now.lists.prompts,
                // Documents come and go with the connectors that gather them.
                !Arc::ptr_eq(&seen.catalog, &now.catalog),
            ),
            (None, None) => (false, false, false),
            _ => (true, true, true),
        };
        self.seen = now;
        Changed { tools, prompts, resources, ..Changed::default() }
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

impl Changed {
    /// Returns the addresses that a client watches and at which something else
    /// stands.
    async fn watched(self, server: &Server, subscriptions: &Subscriptions) -> Vec<String> {
        let mut all = self.addresses;
        all.retain(|uri| subscriptions.contains(uri));
        if self.documents {
            all.append(&mut subscriptions.outdated(server).await);
        }
        all
    }
}

impl Seen {
    fn now(server: &Server) -> Option<Self> {
        let catalog = server.host.current()?;
        let (lists, economy) = (server.listed.of(&catalog), server.host.economy());
        let truths = server.host.truths(&catalog);
        Some(Self { catalog, lists, economy, truths })
    }

    fn tools(&self, reach: &Reach) -> Vec<Tool> {
        let mut tools = view::shown(&self.economy, &self.lists, reach);
        for tool in &mut tools {
            tools::correct(tool, &self.catalog, &self.truths);
        }
        tools
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
                if notify(&watched.server, &peer, &subscriptions, changed).await.is_err() {
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
    server: &Server,
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
    for uri in changed.watched(server, subscriptions).await {
        peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await?;
    }
    Ok(())
}

/// Tells a client without a session, until it hangs up or the server stops.
pub(crate) async fn listen(
    server: &Arc<Server>,
    context: &SubscriptionContext,
    client: &Client<'_>,
) {
    let mut watched = Watched::new(server, client.tools.clone());
    let telling = async {
        let (sink, accepted) = (context.sink(), context.accepted());
        let subscriptions = Subscriptions::default();
        for uri in accepted.resource_subscriptions.iter().flatten() {
            if client.may_watch(server, uri) {
                // What is not there yet has no stamp, and is not waited for.
                drop(subscriptions.add(server, uri.clone()).await);
            }
        }
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
            for uri in changed.watched(server, &subscriptions).await {
                sink.notify_resource_updated(uri).await?;
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
