//! `resolver`: which of several transactions count.

use ctx_model::{Limits, Receipt, ResolveRequest, Role};

use super::{answer, not_played, receipt};
use crate::budget::Waiting;
use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::hooking;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::Lent;

impl Sandbox {
    /// Asks a resolver, in a fresh instance.
    pub async fn resolve(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: ResolveRequest,
    ) -> Receipt<Vec<String>> {
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
                    let indices = prepared.roles.resolver.as_ref();
                    let guest = indices
                        .ok_or_else(|| not_played(Role::Hook))?
                        .load(&mut *store, instance)?;
                    let ResolveRequest { resolver, path, current, candidates } = request;
                    let candidates: Vec<_> =
                        candidates.into_iter().map(hooking::candidate).collect();
                    let called = guest.call_resolve(
                        &mut *store,
                        &resolver,
                        &path,
                        current.as_ref(),
                        &candidates,
                    );
                    Ok(Ended::Answered(answer!(called.await?)))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
