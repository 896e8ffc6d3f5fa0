//! `extraction`: one file, one text.

use ctx_model::{ExtractRequest, Extracted, Limits, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::extraction::Guest;
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
    let indices = prepared.roles.extraction.as_ref().ok_or_else(|| not_played(Role::Extractor))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Turns one file into text, in a fresh instance.
    pub async fn extract(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: ExtractRequest,
    ) -> Receipt<Extracted> {
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
                    let request = convert::extract_request(request);
                    let extracted = answer!(guest.call_extract(&mut *store, &request).await?);
                    let extracted = convert::extracted(extracted);
                    let size = (extracted.text.len() + extracted.metadata.len()) as u64;
                    Ok(within_size(extracted, size, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
