//! The verbs of extensions that turn one thing into another: files into text,
//! and texts into vectors.

use std::sync::Arc;

use ctx_model::{Caller, EmbedRequest, Embedded, ExtractRequest, Extracted, Receipt};

use crate::bill::traced;
use crate::catalog::Installed;
use crate::host::Host;

impl Host {
    /// Has an extractor turn one file into text.
    pub async fn extract(
        &self,
        extension: &Arc<Installed>,
        request: ExtractRequest,
        caller: Caller,
    ) -> Receipt<Extracted> {
        let caller = traced(caller);
        let named = request.name.as_deref().unwrap_or(&request.media_type).to_owned();
        let running = self.begin(extension, "extractor", &named, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                Box::pin(self.sandbox.extract(&prepared, lent, limits, request)).await
            }
        };
        running.end(&receipt);
        receipt
    }

    /// Has an embedder turn texts into vectors.
    pub async fn embed(
        &self,
        extension: &Arc<Installed>,
        request: EmbedRequest,
        caller: Caller,
    ) -> Receipt<Embedded> {
        let caller = traced(caller);
        let running = self.begin(extension, "embedder", extension.name.as_str(), &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                Box::pin(self.sandbox.embed(&prepared, lent, limits, request)).await
            }
        };
        running.end(&receipt);
        receipt
    }
}
