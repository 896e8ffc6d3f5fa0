//! `embedding`: some texts, a vector for each.

use ctx_model::{EmbedRequest, Embedded, Failure, FailureKind, Limits, Receipt, Role};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{answer, not_played, receipt, within_size};
use crate::bindings::exports::ctx::extension::embedding::Guest;
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
    let indices = prepared.roles.embedding.as_ref().ok_or_else(|| not_played(Role::Embedder))?;
    indices.load(store, instance)
}

impl Sandbox {
    /// Embeds texts in a fresh instance. What is answered has a vector for
    /// each text, all of one length and of finite numbers.
    pub async fn embed(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        request: EmbedRequest,
    ) -> Receipt<Embedded> {
        let (deadline, most) = (limits.time, limits.output);
        let texts = request.texts.len();
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
                    let request = convert::embed_request(request);
                    let embedded = answer!(guest.call_embed(&mut *store, &request).await?);
                    let embedded = convert::embedded(embedded);
                    if let Some(message) = wrong(&embedded, texts) {
                        return Ok(Ended::Failed(Failure {
                            kind: FailureKind::Internal,
                            message,
                            retry_after: None,
                            details: None,
                        }));
                    }
                    let numbers: usize = embedded.vectors.iter().map(Vec::len).sum();
                    Ok(within_size(embedded, 4 * numbers as u64, most))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

/// Says what is wrong with vectors, if anything is.
fn wrong(embedded: &Embedded, texts: usize) -> Option<String> {
    let given = embedded.vectors.len();
    if given != texts {
        return Some(format!("it gave {given} vectors for {texts} texts"));
    }
    let length = embedded.vectors.first().map_or(0, Vec::len);
    if texts > 0 && length == 0 {
        return Some("its vectors are empty".to_owned());
    }
    if embedded.vectors.iter().any(|vector| vector.len() != length) {
        return Some("its vectors differ in length".to_owned());
    }
    if embedded.vectors.iter().flatten().any(|number| !number.is_finite()) {
        return Some("its vectors hold something that is no number".to_owned());
    }
    if embedded.model.trim().is_empty() {
        return Some("it does not say which model made its vectors".to_owned());
    }
    None
}
