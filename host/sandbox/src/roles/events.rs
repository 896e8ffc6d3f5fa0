//! `events`: something that has happened, told to somebody who listens.

use ctx_model::{Event, Json, Limits, Receipt, Role};

use super::{answer, not_played, receipt};
use crate::bindings::exports::ctx::extension::events;
use crate::budget::Waiting;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::Lent;

impl Sandbox {
    /// Tells of an event, in a fresh instance.
    pub async fn observe(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        event: Event,
        payload: Json,
    ) -> Receipt<()> {
        let deadline = limits.time;
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
                    let indices = prepared.roles.events.as_ref();
                    let guest = indices
                        .ok_or_else(|| not_played(Role::Hook))?
                        .load(&mut *store, instance)?;
                    let event = events::Event { name: event.as_str().to_owned(), payload };
                    Ok({
                        let _: () = answer!(guest.call_observe(&mut *store, &event).await?);
                        Ended::Answered(())
                    })
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
