//! `tools`: one call, one answer or questions.

use ctx_model::{BlockContent, CallRequest, EmbeddedContent, Limits, Output, Receipt, Reply, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::tools::Guest;
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
    let indices = prepared.roles.tools.as_ref().ok_or_else(|| not_played(Role::Tool))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Calls a tool in a fresh instance.
    pub async fn call_tool(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: CallRequest,
    ) -> Receipt<Reply> {
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
                    let request = convert::call_request(request);
                    let reply = answer!(guest.call_call(&mut *store, &request).await?);
                    let reply = convert::reply(reply);
                    let size = size(&reply);
                    Ok(within_size(reply, size, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

fn size(reply: &Reply) -> u64 {
    let bytes = match reply {
        Reply::Done(output) => output_size(output),
        Reply::Ask(asked) => asked.state.len() + asked.questions.len() * 64,
    };
    bytes as u64
}

fn output_size(output: &Output) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let blocks: usize = output
        .blocks
        .iter()
        .map(|block| {
            text(&block.annotations)
                + match &block.content {
                    BlockContent::Text(text) => text.len(),
                    BlockContent::Image { data, .. } | BlockContent::Audio { data, .. } => {
                        data.len()
                    }
                    BlockContent::Link(link) => {
                        link.uri.len() + link.name.len() + text(&link.description)
                    }
                    BlockContent::Embedded { uri, content, .. } => {
                        uri.len()
                            + match content {
                                EmbeddedContent::Text(text) => text.len(),
                                EmbeddedContent::Bytes(bytes) => bytes.len(),
                            }
                    }
                }
                + 16
        })
        .sum();
    blocks + text(&output.structured) + text(&output.meta)
}
