//! `resources`: one address, what stands there or questions.

use ctx_model::{Contents, EmbeddedContent, Limits, ReadReply, ReadRequest, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::resources::Guest;
use crate::budget::Waiting;
use crate::convert;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::{Lent, State};

pub(super) fn load(
    prepared: &Prepared,
    store: &mut Store<State>,
    instance: &Instance,
) -> wasmtime::Result<Guest> {
    let indices = prepared.roles.resources.as_ref().ok_or_else(|| not_played(Role::Resource))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Reads a resource in a fresh instance.
    pub async fn read_resource(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: ReadRequest,
    ) -> Receipt<ReadReply> {
        let (deadline, most) = (limits.time, limits.output);
        let loan = lent.loan.clone();
        let mut session = match Session::open(self, prepared, lent, limits, Waiting::Bounded).await
        {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let guest = load(&prepared, store, instance)?;
                    let request = convert::read_request(request);
                    let reply = answer!(guest.call_read(&mut *store, &request).await?);
                    let reply = convert::read_reply(reply);
                    let size = size(&reply);
                    Ok(within_size(reply, size, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

fn size(reply: &ReadReply) -> u64 {
    let bytes = match reply {
        ReadReply::Done(contents) => contents.iter().map(contents_size).sum(),
        ReadReply::Ask(asked) => asked.state.len() + asked.questions.len() * 64,
    };
    bytes as u64
}

fn contents_size(contents: &Contents) -> usize {
    let content = match &contents.content {
        EmbeddedContent::Text(text) => text.len(),
        EmbeddedContent::Bytes(bytes) => bytes.len(),
    };
    content + contents.uri.len() + contents.meta.as_ref().map_or(0, String::len) + 64
}
