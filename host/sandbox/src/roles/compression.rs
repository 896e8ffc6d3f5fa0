//! `compression`: some passages, and as much of them as fits.

use ctx_model::{CompressRequest, Kept, Limits, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, broke_a_law, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::compression::Guest;
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
    let indices =
        prepared.roles.compression.as_ref().ok_or_else(|| not_played(Role::Compressor))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Makes passages shorter, in a fresh instance. What is answered holds the
    /// laws of compressors.
    pub async fn compress(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: CompressRequest,
    ) -> Receipt<Vec<Kept>> {
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
                    let asked = transforms::compress_request(&request);
                    let kept = answer!(guest.call_compress(&mut *store, &asked).await?);
                    let kept: Vec<Kept> = kept.into_iter().map(transforms::kept).collect();
                    let tokens = store.data().ports().tokens.clone();
                    if let Some(law) = laws::of_compressed(&request, &kept, &*tokens) {
                        return Ok(broke_a_law(law));
                    }
                    let bytes: usize = kept.iter().map(|one| one.text.len()).sum();
                    Ok(within_size(kept, bytes as u64, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}
