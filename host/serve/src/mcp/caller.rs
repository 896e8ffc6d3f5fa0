//! Who asks: the client's own name for itself, which proves nothing, what it
//! can do, and the trace that its request belongs to.

use std::sync::Arc;

use ::http::request::Parts;
use ctx_core::{Catalog, Shape};
use ctx_model::{Caller, Pattern, Reach, shortened};
use rmcp::RoleServer;
use rmcp::model::{ClientCapabilities, Implementation, ProtocolVersion, RequestMetaObject};
use rmcp::service::{Peer, RequestContext};

use super::hearing::{Ears, Level};
use super::owner::Owner;
use super::session::Server;
use super::{resources, shape};
use crate::auth::Admitted;
use crate::request::{RequestId, is_trace};

/// Bytes of a client's name that are kept.
const LONGEST_NAME: usize = 64;

/// The client behind a request.
pub(crate) struct Client<'a> {
    pub(crate) caller: Caller,
    /// Whose the tasks are that it begins.
    pub(crate) owner: Owner,
    /// The tools that it is shown, and may call.
    pub(crate) tools: Reach,
    pub(crate) capabilities: ClientCapabilities,
    /// Who can be asked while its request waits. Absent if the client takes
    /// questions as an answer, and comes back.
    pub(crate) peer: Option<&'a Peer<RoleServer>>,
    /// What it wants to hear while its request runs.
    pub(crate) ears: Option<Ears<'a>>,
    /// How it wants the text of an answer.
    pub(crate) shape: Shape,
}

impl<'a> Client<'a> {
    /// Reads who asks, with a session or without one. The session has a level of
    /// log lines.
    pub(crate) fn of(
        context: &'a RequestContext<RoleServer>,
        server: &Server,
        level: Level,
    ) -> Self {
        // A request of a client without a session speaks for itself: what rmcp
        // would fall back to is its own name.
        let name = if context.meta.protocol_version().is_some() {
            context.meta.client_info()
        } else {
            context.client_info()
        };
        let peer = (!comes_back(context)).then_some(&context.peer);
        // One of the newer protocol says so in each request.
        let level = peer.map_or_else(|| context.meta.log_level(), |_| Some(level));
        let token = context.meta.get_progress_token();
        let parts = context.extensions.get::<Parts>();
        let tools = tools(server, name.as_ref(), parts);
        Self {
            caller: caller(name, parts, &context.meta),
            owner: Owner::behind(parts),
            tools,
            capabilities: context.client_capabilities().unwrap_or_default(),
            peer,
            ears: Ears::new(&context.peer, token, level),
            shape: shape::asked(&context.meta),
        }
    }

    /// Reads who asks in a request that says so itself.
    pub(crate) fn alone(
        server: &Server,
        parts: &Parts,
        meta: &RequestMetaObject,
        capabilities: ClientCapabilities,
    ) -> Self {
        let name = meta.client_info();
        let tools = tools(server, name.as_ref(), Some(parts));
        Self {
            caller: caller(name, Some(parts), meta),
            owner: Owner::behind(Some(parts)),
            tools,
            capabilities,
            peer: None,
            ears: None,
            shape: shape::asked(meta),
        }
    }

    /// Whether it may read what an extension holds.
    pub(crate) fn holds(&self, catalog: &Catalog, uri: &str) -> bool {
        let holder = catalog.holder(uri);
        holder.is_some_and(|holder| self.caller.reach.holds_all_of(holder.name.as_str()))
    }

    /// Whether it may hear of what stands at an address.
    pub(crate) fn may_watch(&self, server: &Server, uri: &str) -> bool {
        if resources::document_at(uri).is_some() {
            return self.reads_documents();
        }
        self.caller.reach.is_everything()
            || server.host.current().is_some_and(|catalog| self.holds(&catalog, uri))
    }

    /// Whether it may read what was gathered, as the built-in tool lets it.
    pub(crate) fn reads_documents(&self) -> bool {
        self.caller.reach.holds("builtin", "get", "get")
    }

    /// Whether answers may hold any JSON, as in the newer protocol.
    pub(crate) fn takes_any_json(&self) -> bool {
        self.peer.is_none()
    }
}

/// Whether the client takes questions as an answer, and comes back.
pub(crate) fn comes_back(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

fn admitted(parts: &Parts) -> Option<&Admitted> {
    parts.extensions.get::<Arc<Admitted>>().map(AsRef::as_ref)
}

/// Returns the agent that a client works for, if its address names one.
fn agent(parts: &Parts) -> Option<String> {
    let mut pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == "agent").then(|| value.to_owned()))
}

/// Returns the tools that a client is shown: those of its own list, and of the
/// agent that it works for. The names are the client's own word, so that
/// narrows what a model reads, and guards nothing; its token does.
pub(crate) fn tools(
    server: &Server,
    client: Option<&Implementation>,
    parts: Option<&Parts>,
) -> Reach {
    let economy = server.host.economy();
    let admitted = parts.and_then(admitted);
    let mut reach = admitted.map_or_else(Reach::everything, |admitted| admitted.reach.clone());
    let name = client.map(|client| client.name.as_str()).unwrap_or_default();
    if let Some(list) = economy.client(name) {
        reach = reach.narrowed(list.clone());
    }
    let agent = parts.and_then(agent).or_else(|| server.agent.clone());
    if let Some(agent) = agent {
        let list = economy.agents.get(&agent).cloned();
        reach = reach.narrowed(list.unwrap_or_else(|| declared(server, &agent).into()));
    }
    reach
}

/// Lists the tools that an agent names itself.
fn declared(server: &Server, agent: &str) -> Vec<Pattern> {
    let catalog = server.host.current();
    let found = catalog.as_ref().and_then(|catalog| catalog.agent(agent));
    let tools = found.map(|(_, agent)| agent.info.tools.as_slice()).unwrap_or_default();
    tools.iter().filter_map(|tool| tool.parse().ok()).collect()
}

/// Whoever brings no trace is given one by the host.
fn caller(
    client: Option<Implementation>,
    parts: Option<&Parts>,
    meta: &RequestMetaObject,
) -> Caller {
    let id = client.map(|client| {
        let name: String = client.name.chars().filter(|c| !c.is_control()).collect();
        format!("mcp:{}", shortened(name, LONGEST_NAME))
    });
    // Over HTTP the gate began the trace; over streams a client may name one.
    let trace = match parts.and_then(|parts| parts.extensions.get::<RequestId>()) {
        Some(request) => request.trace(),
        None => meta.get_traceparent().filter(|text| is_trace(text)).unwrap_or_default(),
    };
    let mut caller = Caller { id, trace: trace.to_owned(), ..Caller::default() };
    if let Some(admitted) = parts.and_then(admitted) {
        admitted.speak(&mut caller);
    }
    caller
}
