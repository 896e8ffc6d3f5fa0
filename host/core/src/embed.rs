//! The verbs that give chunks their vectors: after a sync, on request, or all
//! of them anew. What fails stays pending, and is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ctx_model::{CallError, Caller, EmbedRequest, Purpose};
use ctx_store::{PendingChunk, StoreError, VectorStats};

use crate::error::HostError;
use crate::host::Host;
use crate::meaning::Embedder;
use crate::sync::blocking;

/// Calls that fail one after the other before the embedder is left alone.
const PATIENCE: u32 = 3;

/// The text that tells whether an embedder answers.
const PROBE: &str = "Does this embedder answer?";

/// What to embed.
#[derive(Debug, Clone, Default)]
pub struct EmbedOptions {
    /// At most so many chunks; all if absent.
    pub limit: Option<u64>,
    /// Texts of one call, if not as the config says.
    pub batch_size: Option<usize>,
    /// Only the chunks of this source.
    pub source: Option<String>,
    /// Set to stop after the call that is under way.
    pub stop: Arc<AtomicBool>,
    /// On whose behalf.
    pub caller: Caller,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmbedReport {
    /// Chunks that were to be embedded.
    pub total: u64,
    pub embedded: u64,
    /// Chunks that were tried and stay without a vector.
    pub failed: u64,
    /// Chunks that have no vector now.
    pub pending: u64,
    /// What went wrong first.
    pub failure: Option<String>,
}

/// How far the vectors are, and who makes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VectorStatus {
    /// The extension that embeds.
    pub embedder: Option<String>,
    /// Why there is none, or what keeps it from working.
    pub why: Option<String>,
    pub stats: VectorStats,
    pub pending: u64,
    /// Where the vectors are.
    pub path: std::path::PathBuf,
}

impl Host {
    /// Counts the chunks that have no vector yet.
    pub async fn embed_count(&self) -> Result<u64, HostError> {
        let embedder = self.wanted_embedder().await?;
        let store = self.store()?.clone();
        Ok(blocking(move || store.count_pending(&embedder.stamp, None)).await?)
    }

    /// Gives vectors to chunks that have none. `events` hears how many of how
    /// many are done.
    pub async fn embed_pending(
        &self,
        options: &EmbedOptions,
        events: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<EmbedReport, HostError> {
        let embedder = self.wanted_embedder().await?;
        self.embed_with(&embedder, options, events).await
    }

    /// Gives every chunk a new vector. The old ones stay until the embedder is
    /// known to answer.
    pub async fn embed_rebuild(
        &self,
        options: &EmbedOptions,
        events: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<EmbedReport, HostError> {
        let embedder = self.wanted_embedder().await?;
        let store = self.store()?.clone();
        embedder.meaning(PROBE, Purpose::Document, options.caller.clone()).await?;
        blocking(move || store.clear_vectors()).await?;
        self.embed_with(&embedder, options, events).await
    }

    /// Returns how far the vectors are.
    pub async fn vector_status(&self) -> Result<VectorStatus, HostError> {
        let store = self.store()?.clone();
        let catalog = self.catalog().await?;
        let (embedder, why) = match self.embedder(&catalog) {
            Ok(Some(embedder)) => (Some(embedder), None),
            Ok(None) => (None, Some(self.no_embedder())),
            Err(refusal) => (None, Some(refusal.to_string())),
        };
        let stamp = embedder.as_ref().map(|embedder| embedder.stamp.clone());
        let name = embedder.map(|embedder| embedder.extension.name.to_string());
        let status = blocking(move || {
            Ok(VectorStatus {
                embedder: name,
                why,
                stats: store.vector_stats(stamp.as_deref())?,
                pending: store.count_pending(stamp.as_deref().unwrap_or_default(), None)?,
                path: store.path().to_owned(),
            })
        });
        Ok(status.await?)
    }

    /// Returns how many vectors each source has; nothing if there are none and
    /// nobody is to make any.
    pub fn vectors_by_source(&self) -> Result<Option<BTreeMap<String, u64>>, HostError> {
        let vectors: BTreeMap<_, _> = self.store()?.vectors_by_source()?.into_iter().collect();
        let is_wanted = self.authority().config.search.embedder.is_some();
        Ok((is_wanted || !vectors.is_empty()).then_some(vectors))
    }

    /// Embeds what a sync brought, if anybody embeds here. Nothing that fails
    /// ends the sync.
    pub(crate) async fn embed_synced(
        &self,
        source: &str,
        stop: &Arc<AtomicBool>,
        caller: &Caller,
    ) -> Result<Option<EmbedReport>, HostError> {
        let catalog = self.catalog().await?;
        let embedder = match self.embedder(&catalog) {
            Ok(Some(embedder)) => embedder,
            Ok(None) => return Ok(None),
            Err(refusal) => {
                let failure = Some(refusal.to_string());
                return Ok(Some(EmbedReport { failure, ..EmbedReport::default() }));
            }
        };
        let options = EmbedOptions {
            source: Some(source.to_owned()),
            stop: stop.clone(),
            caller: caller.clone(),
            ..EmbedOptions::default()
        };
        Ok(Some(self.embed_with(&embedder, &options, &mut |_, _| ()).await?))
    }

    async fn wanted_embedder(&self) -> Result<Arc<Embedder>, HostError> {
        let catalog = self.catalog().await?;
        self.embedder(&catalog)?.ok_or_else(|| HostError::NoEmbedder { why: self.no_embedder() })
    }

    async fn embed_with(
        &self,
        embedder: &Embedder,
        options: &EmbedOptions,
        events: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<EmbedReport, HostError> {
        let store = self.store()?;
        let count = || {
            let (store, stamp) = (store.clone(), embedder.stamp.clone());
            let source = options.source.clone();
            blocking(move || store.count_pending(&stamp, source.as_deref()))
        };
        let limit = options.limit.unwrap_or(u64::MAX);
        let mut report = EmbedReport { total: count().await?.min(limit), ..EmbedReport::default() };
        let batch = options.batch_size.unwrap_or(embedder.batch).clamp(1, embedder.batch.max(1));
        let mut after: Option<PendingChunk> = None;
        let mut in_a_row = 0;
        while report.embedded + report.failed < report.total
            && in_a_row < PATIENCE
            && !options.stop.load(Ordering::Relaxed)
        {
            let left = report.total - report.embedded - report.failed;
            let most = batch.min(usize::try_from(left).unwrap_or(usize::MAX));
            let (from, stamp) = (store.clone(), embedder.stamp.clone());
            let (source, last) = (options.source.clone(), after.take());
            let chunks = blocking(move || {
                from.pending_chunks(&stamp, source.as_deref(), last.as_ref(), most)
            })
            .await?;
            let Some(last) = chunks.last() else { break };
            after = Some(last.clone());
            let texts = chunks.iter().map(|chunk| chunk.text.clone()).collect();
            let request = EmbedRequest { texts, purpose: Purpose::Document };
            let tried = chunks.len() as u64;
            match embedder.embed(request, options.caller.clone()).await.outcome {
                Ok(answer) => {
                    let (to, stamp) = (store.clone(), embedder.stamp.clone());
                    let put = blocking(move || {
                        let rows: Vec<_> = chunks
                            .iter()
                            .zip(&answer.vectors)
                            .map(|(chunk, vector)| (chunk, vector.as_slice()))
                            .collect();
                        to.put_vectors(&stamp, &answer.model, &rows)
                    });
                    match put.await {
                        Ok(_) => {
                            report.embedded += tried;
                            in_a_row = 0;
                        }
                        Err(error @ StoreError::Rejected { .. }) => {
                            report.fail(tried, error.to_string());
                            in_a_row += 1;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error) => {
                    // What the host refuses now, it refuses the next time too.
                    let is_refused = matches!(error, CallError::Refused(_));
                    in_a_row = if is_refused { PATIENCE } else { in_a_row + 1 };
                    report.fail(tried, error.to_string());
                }
            }
            events(report.embedded + report.failed, report.total);
        }
        report.pending = count().await?;
        Ok(report)
    }
}

impl EmbedReport {
    fn fail(&mut self, chunks: u64, why: String) {
        self.failed += chunks;
        self.failure.get_or_insert(why);
    }
}
