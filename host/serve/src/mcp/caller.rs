//! Who asks: the client's own name for itself, which proves nothing, what it
//! can do, and the trace that its request belongs to.

use ::http::request::Parts;
use ctx_core::Shape;
use ctx_model::{Caller, shortened};
use rmcp::RoleServer;
use rmcp::model::{ClientCapabilities, Implementation, ProtocolVersion, RequestMetaObject};
use rmcp::service::{Peer, RequestContext};

use super::hearing::{Ears, Level};
use super::shape;
use crate::request::{RequestId, is_trace};

/// Bytes of a client's name that are kept.
const LONGEST_NAME: usize = 64;

/// The client behind a request.
pub(crate) struct Client<'a> {
    pub(crate) caller: Caller,
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
    pub(crate) fn of(context: &'a RequestContext<RoleServer>, level: Level) -> Self {
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
        Self {
            caller: caller(name, context.extensions.get::<Parts>(), &context.meta),
            capabilities: context.client_capabilities().unwrap_or_default(),
            peer,
            ears: Ears::new(&context.peer, token, level),
            shape: shape::asked(&context.meta),
        }
    }

    /// Reads who asks in a request that says so itself.
    pub(crate) fn alone(
        parts: &Parts,
        meta: &RequestMetaObject,
        capabilities: ClientCapabilities,
    ) -> Self {
        Self {
            caller: caller(meta.client_info(), Some(parts), meta),
            capabilities,
            peer: None,
            ears: None,
            shape: shape::asked(meta),
        }
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
    Caller { id, trace: trace.to_owned(), ..Caller::default() }
}
