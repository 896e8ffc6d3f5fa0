//! `chunking`: one text, and where its pieces lie.

use ctx_model::{Chunk, ChunkRequest, Limits, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, broke_a_law, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::chunking::Guest;
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
    let indices = prepared.roles.chunking.as_ref().ok_or_else(|| not_played(Role::Chunker))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Cuts a text, in a fresh instance. What is answered holds the laws of
    /// chunkers. The text is given back, so that nobody keeps a second one.
    pub async fn chunk(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: ChunkRequest,
    ) -> (ChunkRequest, Receipt<Vec<Chunk>>) {
        let (deadline, most) = (limits.time, limits.output);
        let loan = lent.loan.clone();
        let mut session = match Session::open(self, prepared, lent, limits, Waiting::Patient).await
        {
            Ok(session) => session,
            Err(refusal) => return (request, Receipt::refused(refusal)),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let guest = load(&prepared, store, instance)?;
                    let asked = transforms::chunk_request(&request);
                    let chunks = answer!(guest.call_split(&mut *store, &asked).await?);
                    let chunks: Vec<Chunk> = chunks.into_iter().map(transforms::chunk).collect();
                    let tokens = store.data().ports().tokens.clone();
                    if let Some(law) = laws::of_chunks(&request, &chunks, &*tokens) {
                        return Ok(broke_a_law(law));
                    }
                    let crumbs = chunks.iter().flat_map(|chunk| &chunk.breadcrumbs);
                    let bytes = chunks.len() * 16 + crumbs.map(String::len).sum::<usize>();
                    Ok(within_size(chunks, bytes as u64, most))
                })
                .await;
            (request, receipt(session, ended))
        };
        self.pace.drive(&loan.extension, work).await
    }
}
