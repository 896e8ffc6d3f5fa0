//! `completion`: what has been typed, and values to choose from.

use ctx_model::{Choices, CompleteRequest, Limits, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::completion::Guest;
use crate::budget::Waiting;
use crate::convert;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::{Lent, State};

fn load(
    prepared: &Prepared,
    store: &mut Store<State>,
    instance: &Instance,
) -> wasmtime::Result<Guest> {
    let indices = prepared.roles.completion.as_ref().ok_or_else(|| not_played(Role::Completer))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Asks for values to choose from, in a fresh instance.
    pub async fn complete(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: CompleteRequest,
    ) -> Receipt<Choices> {
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
                    let request = convert::complete_request(request);
                    let choices = answer!(guest.call_complete(&mut *store, &request).await?);
                    let choices = convert::choices(choices);
                    let size: usize = choices.values.iter().map(|value| value.len() + 16).sum();
                    Ok(within_size(choices, size as u64, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
