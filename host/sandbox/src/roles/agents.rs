//! `agents`: one request, one prompt or questions.

use ctx_model::{BlockContent, Limits, PromptReply, PromptRequest, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::agents::Guest;
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
    let indices = prepared.roles.agents.as_ref().ok_or_else(|| not_played(Role::Agent))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Has an agent prepare its prompt in a fresh instance.
    pub async fn prepare_prompt(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: PromptRequest,
    ) -> Receipt<PromptReply> {
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
                    let request = convert::prompt_request(request);
                    let reply = answer!(guest.call_prepare(&mut *store, &request).await?);
                    let reply = convert::prompt_reply(reply);
                    let size = size(&reply);
                    Ok(within_size(reply, size, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

fn size(reply: &PromptReply) -> u64 {
    let bytes = match reply {
        PromptReply::Done(prompt) => {
            let messages = prompt.messages.iter().flat_map(|message| &message.blocks);
            let texts: usize = messages
                .map(|block| match &block.content {
                    BlockContent::Text(text) => text.len() + 16,
                    BlockContent::Image { data, .. } | BlockContent::Audio { data, .. } => {
                        data.len()
                    }
                    BlockContent::Link(_) | BlockContent::Embedded { .. } => 256,
                })
                .sum();
            prompt.system.len() + texts
        }
        PromptReply::Ask(asked) => asked.state.len() + asked.questions.len() * 64,
    };
    bytes as u64
}
