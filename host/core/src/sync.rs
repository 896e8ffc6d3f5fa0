//! The page loop: scan, compare, cut, store, go on.
//!
//! Each page, its chunks and its checkpoint are stored in one transaction, so
//! that being killed at any moment repeats at most a page.

mod cut;
mod extract;
mod filter;
mod mirror;
mod onlooker;
mod page;
mod preview;
mod upsert;
mod walk;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use ctx_model::{Caller, Event, Receipt, Refusal, Skipped, Timestamp, Usage};
use ctx_store::{Store, StoreError};
use serde_json::json;

use crate::bill::traced;
use crate::embed::EmbedReport;
use crate::error::HostError;
use crate::host::Host;
use crate::source::Source;
pub use onlooker::Onlooker;
pub use preview::Preview;

use extract::Reading;
use filter::Filter;
use walk::Walk;

/// How to sync.
#[derive(Debug, Clone, Default)]
pub struct SyncOptions {
    /// Whether to walk from the start, whatever the checkpoint says.
    pub full: bool,
    /// Set to stop after the page that is under way.
    pub stop: Arc<AtomicBool>,
    /// On whose behalf.
    pub caller: Caller,
    /// Only documents modified at this time or later. What a filter leaves out
    /// is found by a later sync: no checkpoint moves past it.
    pub since: Option<Timestamp>,
    /// Only documents modified before this time.
    pub until: Option<Timestamp>,
    /// Store at most so many documents.
    pub limit: Option<u64>,
    /// Whether to find out what would be stored, and store nothing.
    pub dry_run: bool,
    /// Who looks at each document that the source gives.
    pub onlooker: Option<Onlooker>,
}

impl SyncOptions {
    /// Whether this run may leave something out on purpose: then it tells
    /// nothing by absence.
    fn is_partial(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.limit.is_some() || self.dry_run
    }
}

/// How far a sync is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncEvent {
    /// A walk has begun: a full one, or from a checkpoint.
    Started { full: bool },
    /// A page was stored.
    Page { documents: u64, total: Option<u64> },
    /// An interrupted walk was finished, and another follows to find what is
    /// gone.
    Again,
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncReport {
    /// Documents that the source gave.
    pub documents: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub removed: u64,
    /// Documents that could not be given or stored.
    pub skipped: u64,
    /// Some of them, and why.
    pub skips: Vec<Skipped>,
    /// Documents that a filter left out for a later sync.
    pub left_out: u64,
    /// Documents that stay although the source, looked through whole, gave none:
    /// that is more likely a mistake than the wish to lose them all.
    pub kept: u64,
    /// Pieces that the added and changed documents were cut into.
    pub chunks: u64,
    /// Where the next sync goes on, in the source's own words.
    pub checkpoint: Option<String>,
    /// Whether it was stopped on request before its end.
    pub stopped: bool,
    /// What became of its chunks' vectors, if anybody embeds here.
    pub embeddings: Option<EmbedReport>,
}

impl Host {
    /// Brings a source's documents up to date.
    ///
    /// # Errors
    ///
    /// A failing store is a `HostError`; a failing connector is in the
    /// receipt, and what it gave before it failed is kept.
    pub async fn sync(
        &self,
        name: &str,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
    ) -> Result<Receipt<SyncReport>, HostError> {
        let store = self.store()?.clone();
        let catalog = self.catalog().await?;
        let mut source = match self.source(&catalog, name) {
            Ok(source) => source,
            Err(refusal) => return Ok(Receipt::refused(refusal)),
        };
        let lock = if options.dry_run { None } else { store.lock_source(name)? };
        if lock.is_none() && !options.dry_run {
            return Ok(Receipt::refused(Refusal::Busy { source_id: name.to_owned() }));
        }
        let options = &SyncOptions { caller: traced(options.caller.clone()), ..options.clone() };
        let running = self.begin(&source.extension, "scan", name, &options.caller);
        if let Err(refusal) = running.leave() {
            let receipt = Receipt::refused(refusal);
            running.end(&receipt);
            return Ok(receipt);
        }
        let reading = Reading::new(self, catalog, name, options.caller.clone());
        let mut walked = match Box::pin(self.mirror(&mut source, &options.stop)).await {
            Ok(false) => Box::pin(self.walked(&store, &source, reading, options, events)).await,
            Ok(true) => Ok(Receipt {
                outcome: Ok(SyncReport { stopped: true, ..SyncReport::default() }),
                usage: Usage::default(),
            }),
            Err(error) => {
                if !options.dry_run {
                    store.failed(name, source.extension.name.as_str(), &error.to_string())?;
                }
                Ok(Receipt { outcome: Err(error), usage: Usage::default() })
            }
        };
        drop(lock);
        match &walked {
            Ok(receipt) => running.end(receipt),
            // The connector is not to blame, and nobody has gone away.
            Err(error) => running.fail("store", error.to_string()),
        }
        if let Ok(Receipt { outcome: Ok(report), .. }) = &mut walked
            && !options.dry_run
        {
            report.embeddings = self.embed_synced(name, &options.stop, &options.caller).await?;
            let SyncReport { added, changed, removed, skipped, .. } = report;
            let counts = json!({
                "source": name, "added": added, "changed": changed, "removed": removed,
                "skipped": skipped,
            });
            self.fire(Event::SyncFinished, || counts);
        }
        walked
    }

    /// Walks a source that is locked, and brings the index along.
    async fn walked(
        &self,
        store: &Arc<Store>,
        source: &Source,
        reading: Reading<'_>,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
    ) -> Result<Receipt<SyncReport>, HostError> {
        let mut walk = Walk {
            store,
            source,
            report: SyncReport::default(),
            seen: HashSet::new(),
            partial: false,
            filter: Filter::of(options),
            indexed: Instant::now(),
            checkpoint: None,
            stored: Instant::now(),
            reading,
            onlooker: options.onlooker.clone(),
        };
        let mut usage = Usage::default();
        let outcome = Box::pin(self.walk_all(&mut walk, options, events, &mut usage)).await?;
        usage.add(walk.reading.spent);
        let mut report = walk.report;
        if !options.dry_run {
            if let Err(error) = &outcome {
                store.failed(&source.name, source.extension.name.as_str(), &error.to_string())?;
            }
            let index = store.clone();
            blocking(move || index.refresh_index()).await?;
        }
        report.checkpoint =
            store.checkpoint(&source.name)?.and_then(|text| source.read_checkpoint(&text));
        let outcome = outcome.map(|stopped| {
            report.stopped = stopped;
            report
        });
        Ok(Receipt { outcome, usage })
    }
}

/// Runs work of the store off the executor.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Failed {
            path: std::path::PathBuf::new(),
            why: format!("the work was cut short: {error}"),
        }),
    }
}
