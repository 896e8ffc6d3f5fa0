//! The page loop: scan, compare, cut, store, go on.
//!
//! Each page, its chunks and its checkpoint are stored in one transaction, so
//! that being killed at any moment repeats at most a page.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ctx_model::{
    CallError, Caller, Change, Content, Document, DocumentId, Failure, FailureKind, OpenRequest,
    Outcome, Page, Receipt, Refusal, Skipped, Usage,
};
use ctx_sandbox::{Lent, ScanSession, ScanStart};
use ctx_store::{CheckpointWrite, Finished, Known, PageWrite, Store, StoreError};

use crate::authority::now;
use crate::bill::traced;
use crate::content;
use crate::error::HostError;
use crate::host::Host;
use crate::source::Source;

/// Changes that one page may bring.
const PAGE: u32 = 256;

/// How often the index is brought up to date during a long sync.
const INDEX_EVERY: Duration = Duration::from_secs(5);

/// Skipped documents that a report names; the others are counted.
const NAMED: usize = 100;

/// How to sync.
#[derive(Debug, Clone, Default)]
pub struct SyncOptions {
    /// Whether to walk from the start, whatever the checkpoint says.
    pub full: bool,
    /// Set to stop after the page that is under way.
    pub stop: Arc<AtomicBool>,
    /// On whose behalf.
    pub caller: Caller,
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
    /// Whether it was stopped on request before its end.
    pub stopped: bool,
}

/// One walk under way.
struct Walk<'a> {
    store: &'a Arc<Store>,
    source: &'a Source,
    report: SyncReport,
    seen: HashSet<DocumentId>,
    /// Whether the walk left out something that it could not name, such as all
    /// below a folder that cannot be read: then nothing is told by absence.
    partial: bool,
    indexed: Instant,
}

/// How a walk ended, if not with an error.
enum Ended {
    Finished,
    Stopped,
    CheckpointExpired,
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
        let source = match self.source(&catalog, name) {
            Ok(source) => source,
            Err(refusal) => return Ok(Receipt::refused(refusal)),
        };
        let Some(lock) = store.lock_source(name)? else {
            return Ok(Receipt::refused(Refusal::Busy { source_id: name.to_owned() }));
        };
        let options = &SyncOptions { caller: traced(options.caller.clone()), ..options.clone() };
        let running = self.begin(&source.extension, "scan", name, &options.caller);
        let walked = self.walked(&store, &source, options, events).await;
        drop(lock);
        match &walked {
            Ok(receipt) => running.end(receipt),
            // The connector is not to blame, and nobody has gone away.
            Err(error) => running.fail("store", error.to_string()),
        }
        walked
    }

    /// Walks a source that is locked, and brings the index along.
    async fn walked(
        &self,
        store: &Arc<Store>,
        source: &Source,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
    ) -> Result<Receipt<SyncReport>, HostError> {
        let mut walk = Walk {
            store,
            source,
            report: SyncReport::default(),
            seen: HashSet::new(),
            partial: false,
            indexed: Instant::now(),
        };
        let mut usage = Usage::default();
        let outcome = Box::pin(self.walk_all(&mut walk, options, events, &mut usage)).await?;
        let mut report = walk.report;
        if let Err(error) = &outcome {
            store.failed(&source.name, source.extension.name.as_str(), &error.to_string())?;
        }
        let index = store.clone();
        blocking(move || index.refresh_index()).await?;
        let outcome = outcome.map(|stopped| {
            report.stopped = stopped;
            report
        });
        Ok(Receipt { outcome, usage })
    }

    /// Walks until the source is up to date. Returns whether it was stopped.
    async fn walk_all(
        &self,
        walk: &mut Walk<'_>,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
        usage: &mut Usage,
    ) -> Result<Outcome<bool>, HostError> {
        let Walk { store, source, .. } = *walk;
        let stored = if options.full { None } else { store.checkpoint(&source.name)? };
        // With other settings, or read by another extension, it is a new walk.
        let mut since = stored.and_then(|text| source.read_checkpoint(&text));
        loop {
            let full = since.is_none();
            events(SyncEvent::Started { full });
            walk.seen.clear();
            walk.partial = false;
            if options.stop.load(Ordering::Relaxed) {
                return Ok(Ok(true));
            }
            let ended = match self.walk(walk, since.take(), options, events, usage).await? {
                Ok(ended) => ended,
                Err(error) => return Ok(Err(error)),
            };
            match ended {
                Ended::Stopped => return Ok(Ok(true)),
                // A walk from the start has no checkpoint that could expire.
                Ended::CheckpointExpired if full => {
                    let message = "it says that a checkpoint expired, and was given none";
                    return Ok(Err(CallError::Failed {
                        extension: source.extension.name.clone(),
                        failure: Failure {
                            kind: FailureKind::Internal,
                            message: message.to_owned(),
                            retry_after: None,
                            details: None,
                        },
                    }));
                }
                Ended::CheckpointExpired => {}
                Ended::Finished => {
                    let removed = finish(walk, full).await?;
                    walk.report.removed += removed;
                    // A walk that was resumed has not seen everything, and a
                    // source that is not incremental would never tell what is
                    // gone: it is walked once more.
                    let info = &source.info;
                    if full || info.incremental || !info.complete {
                        return Ok(Ok(false));
                    }
                    events(SyncEvent::Again);
                    walk.report.documents = 0;
                    walk.report.unchanged = 0;
                }
            }
        }
    }

    async fn walk(
        &self,
        walk: &mut Walk<'_>,
        since: Option<String>,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
        usage: &mut Usage,
    ) -> Result<Outcome<Ended>, HostError> {
        let source = walk.source;
        let settings = source.settings.to_string();
        let lent = match self.lend_to_source(source, settings.clone(), options.caller.clone()) {
            Ok(lent) => lent,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let prepared = match self.prepared(&source.extension).await {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let request = OpenRequest { name: source.name.clone(), settings, since };
        let limits = source.extension.limits.clone();
        let start = self.sandbox.open_scan(&prepared, lent, limits, &source.info, request).await;
        let mut scan = match start {
            ScanStart::Started(scan) => scan,
            ScanStart::CheckpointExpired(spent) => {
                usage.add(spent);
                return Ok(Ok(Ended::CheckpointExpired));
            }
            ScanStart::Ended(receipt) => {
                usage.add(receipt.usage);
                return Ok(receipt.outcome.map(|never| match never {}));
            }
        };
        let mut spent = Usage::default();
        let ended = self.pages(walk, &mut scan, options, events, &mut spent).await;
        usage.add(spent);
        ended
    }

    async fn pages(
        &self,
        walk: &mut Walk<'_>,
        scan: &mut ScanSession,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
        spent: &mut Usage,
    ) -> Result<Outcome<Ended>, HostError> {
        loop {
            if options.stop.load(Ordering::Relaxed) {
                return Ok(Ok(Ended::Stopped));
            }
            let Receipt { outcome, usage } = scan.next(PAGE).await;
            *spent = usage;
            let page = match outcome {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Ok(Ended::Finished)),
                Err(error) => return Ok(Err(error)),
            };
            let total = page.total;
            let write = match walk.compare(scan, page, spent).await? {
                Ok(write) => write,
                Err(error) => return Ok(Err(error)),
            };
            walk.store_page(write).await?;
            events(SyncEvent::Page { documents: walk.report.documents, total });
        }
    }

    fn lend_to_source(
        &self,
        source: &Source,
        settings: String,
        caller: Caller,
    ) -> Result<Lent, Refusal> {
        let loan = self.new_loan(&source.extension, Some(settings), source.folders.clone())?;
        Ok(Lent { caller, clock: self.clock(), ..Lent::new(Arc::new(loan)) })
    }
}

impl Walk<'_> {
    /// Turns a page into what has to be written: unchanged documents cost
    /// nothing.
    async fn compare(
        &mut self,
        scan: &mut ScanSession,
        page: Page,
        spent: &mut Usage,
    ) -> Result<Outcome<PageWrite>, HostError> {
        let known = self.known(&page).await?;
        let mut write = PageWrite {
            checkpoint: page.checkpoint.map_or(CheckpointWrite::Keep, |checkpoint| {
                CheckpointWrite::Set(self.source.write_checkpoint(&checkpoint))
            }),
            ..PageWrite::default()
        };
        for change in last_of_each(page.changes) {
            match change {
                Change::Skip(skipped) => self.skip(skipped).await?,
                Change::Remove(id) => write.removals.push(id),
                Change::Upsert(document) => {
                    self.report.documents += 1;
                    match self.upsert(scan, document, &known, spent).await {
                        Ok(Some(upsert)) => write.upserts.push(upsert),
                        Ok(None) => self.report.unchanged += 1,
                        Err(Unstored::Skipped(skipped)) => self.count(skipped),
                        Err(Unstored::Ended(error)) => return Ok(Err(error)),
                    }
                }
            }
        }
        Ok(Ok(write))
    }

    async fn known(&self, page: &Page) -> Result<HashMap<String, Known>, HostError> {
        let ids: Vec<String> = page
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Upsert(document) => Some(document.id.clone()),
                Change::Remove(_) | Change::Skip(_) => None,
            })
            .collect();
        let (store, source) = (self.store.clone(), self.source.name.clone());
        let known = blocking(move || {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            store.known(&source, &ids)
        });
        Ok(known.await?)
    }

    async fn upsert(
        &mut self,
        scan: &mut ScanSession,
        mut document: Document,
        known: &HashMap<String, Known>,
        spent: &mut Usage,
    ) -> Result<Option<ctx_store::DocumentWrite>, Unstored> {
        let id = Store::document_id(&self.source.name, &document.id);
        self.seen.insert(id);
        let stored = known.get(&document.id);
        let same_version = stored.is_some_and(|stored| {
            !document.version.is_empty() && stored.version == document.version
        });
        if same_version {
            return Ok(None);
        }
        let name = document.id.clone();
        let skipped = |reason| Unstored::Skipped(Skipped { id: Some(name.clone()), reason });
        if document.content == Content::Deferred {
            let Receipt { outcome, usage } = scan.read(&document.id).await;
            *spent = usage;
            document.content = match outcome {
                Ok(content) => content,
                // One document that cannot be read is no reason to lose the
                // others.
                Err(CallError::Failed { failure, .. }) => return Err(skipped(failure.message)),
                Err(error) => return Err(Unstored::Ended(error)),
            };
        }
        let version_given = !document.version.is_empty();
        let write = content::ready(id, document).map_err(skipped)?;
        let same = stored.is_some_and(|stored| stored.content_hash == write.content_hash);
        if same && !version_given { Ok(None) } else { Ok(Some(write)) }
    }

    /// Notes what the source could not give. What is stored of it stays.
    async fn skip(&mut self, skipped: Skipped) -> Result<(), HostError> {
        let stored = match &skipped.id {
            None => false,
            Some(id) => {
                self.seen.insert(Store::document_id(&self.source.name, id));
                let (store, source, id) =
                    (self.store.clone(), self.source.name.clone(), id.clone());
                blocking(move || Ok(!store.known(&source, &[&id])?.is_empty())).await?
            }
        };
        // It may stand for many: a folder, or a page of an interface.
        self.partial |= !stored;
        self.count(skipped);
        Ok(())
    }

    fn count(&mut self, skipped: Skipped) {
        self.report.skipped += 1;
        if self.report.skips.len() < NAMED {
            self.report.skips.push(skipped);
        }
    }

    async fn store_page(&mut self, write: PageWrite) -> Result<(), HostError> {
        let (store, source) = (self.store.clone(), self.source.name.clone());
        let index = self.indexed.elapsed() >= INDEX_EVERY;
        let applied = blocking(move || {
            let applied = store.apply(&source, &write)?;
            if index {
                store.refresh_index()?;
            }
            Ok::<_, StoreError>(applied)
        })
        .await?;
        if index {
            self.indexed = Instant::now();
        }
        self.report.added += applied.added;
        self.report.changed += applied.changed;
        self.report.removed += applied.removed;
        Ok(())
    }
}

/// Keeps the last change of each document of a page, in order: they apply in
/// order, so the others come to nothing.
fn last_of_each(changes: Vec<Change>) -> Vec<Change> {
    let mut named = HashSet::new();
    let mut kept: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes.into_iter().rev() {
        let is_last = match &change {
            Change::Upsert(document) => named.insert(document.id.clone()),
            Change::Remove(id) => named.insert(id.clone()),
            Change::Skip(_) => true,
        };
        if is_last {
            kept.push(change);
        }
    }
    kept.reverse();
    kept
}

/// Why a document is not stored.
enum Unstored {
    Skipped(Skipped),
    /// The whole run is over.
    Ended(CallError),
}

/// Ends a walk. Documents that a full walk of a complete source did not give
/// are gone; but a walk that gave nothing at all is more likely wrong.
async fn finish(walk: &mut Walk<'_>, full: bool) -> Result<u64, HostError> {
    let info = &walk.source.info;
    let seen = std::mem::take(&mut walk.seen);
    let tells_absence = full && info.complete && !seen.is_empty() && !walk.partial;
    let checkpoint = if info.incremental { CheckpointWrite::Keep } else { CheckpointWrite::Clear };
    let (store, source) = (walk.store.clone(), walk.source.name.clone());
    let extension = walk.source.extension.name.to_string();
    let removed = blocking(move || {
        store.finish(
            &source,
            &Finished {
                extension: &extension,
                at: now(),
                seen: tells_absence.then_some(&seen),
                checkpoint,
            },
        )
    });
    Ok(removed.await?)
}

/// Runs work of the store off the executor.
async fn blocking<T: Send + 'static>(
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
