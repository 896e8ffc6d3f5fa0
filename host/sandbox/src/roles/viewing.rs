//! `viewing`: one text, and one view of it.

use ctx_model::{Limits, Receipt, Role, View, ViewRequest};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, broke_a_law, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::viewing::Guest;
use crate::budget::Waiting;
use crate::convert::transforms;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::laws;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::{Lent, State};

pub(super) fn load(
    prepared: &Prepared,
    store: &mut Store<State>,
    instance: &Instance,
) -> wasmtime::Result<Guest> {
    let indices = prepared.roles.viewing.as_ref().ok_or_else(|| not_played(Role::ReadMode))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Looks at a text, in a fresh instance. What is answered is within the
    /// budget.
    pub async fn view(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: ViewRequest,
    ) -> Receipt<View> {
        let (deadline, most) = (limits.time, limits.output);
        let loan = lent.loan.clone();
        let mut session = match Session::open(self, prepared, lent, limits, Waiting::Patient).await
        {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let guest = load(&prepared, store, instance)?;
                    let budget = request.budget;
                    let asked = transforms::view_request(request);
                    let view = answer!(guest.call_look(&mut *store, &asked).await?);
                    let view = transforms::view(view);
                    let tokens = store.data().ports().tokens.clone();
                    let text = std::iter::once(view.text.as_str());
                    if let Some(law) = budget.and_then(|budget| laws::over(budget, text, &*tokens))
                    {
                        return Ok(broke_a_law(law));
                    }
                    let bytes = view.text.len() as u64;
                    Ok(within_size(view, bytes, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
