//! One walk of a source after another, until it is up to date.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use ctx_model::{
    CallError, Caller, DocumentId, Failure, FailureKind, OpenRequest, Outcome, Receipt, Refusal,
    Usage,
};
use ctx_sandbox::{Lent, ScanStart};
use ctx_store::{CheckpointWrite, Finished, Store};

use super::extract::Reading;
use super::filter::Filter;
use super::onlooker::Onlooker;
use super::{SyncEvent, SyncOptions, SyncReport, blocking};
use crate::authority::now;
use crate::error::HostError;
use crate::foreign::Fetching;
use crate::host::Host;
use crate::native::Scan;
use crate::source::Source;

/// Changes that one page may bring, and what it grows to while nothing changes:
/// then each page costs little more than the way to the guest and back.
pub(super) const PAGE: u32 = 256;
const UNCHANGED_PAGE: u32 = 1024;

/// One walk under way.
pub(super) struct Walk<'a> {
    pub(super) store: &'a Arc<Store>,
    pub(super) source: &'a Source,
    pub(super) report: SyncReport,
    pub(super) seen: HashSet<DocumentId>,
    /// Whether the walk left out something that it could not name, such as all
    /// below a folder that cannot be read: then nothing is told by absence.
    pub(super) partial: bool,
    pub(super) filter: Filter,
    pub(super) indexed: Instant,
    /// How far the walk is, if that is not stored yet, and when something was.
    pub(super) checkpoint: Option<String>,
    pub(super) stored: Instant,
    pub(super) reading: Reading<'a>,
    pub(super) onlooker: Option<Onlooker>,
}

/// How a walk ended, if not with an error.
enum Ended {
    Finished,
    /// There is more, and this run wanted no more.
    Full,
    Stopped,
    CheckpointExpired,
}

impl Host {
    /// Walks until the source is up to date. Returns whether it was stopped.
    pub(super) async fn walk_all(
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
                Ended::Finished | Ended::Full if options.dry_run => return Ok(Ok(false)),
                Ended::Finished | Ended::Full => {
                    let removed = finish(walk, full && !options.is_partial()).await?;
                    walk.report.removed += removed;
                    // A walk that was resumed has not seen everything, and a
                    // source that is not incremental would never tell what is
                    // gone: it is walked once more.
                    let info = &source.info;
                    if full || info.incremental || !info.complete || options.is_partial() {
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
        let mut scan = match self.open_scan(walk.source, since, options, usage).await {
            Ok(Some(scan)) => scan,
            Ok(None) => return Ok(Ok(Ended::CheckpointExpired)),
            Err(error) => return Ok(Err(error)),
        };
        let mut spent = Usage::default();
        walk.checkpoint = None;
        let ended = self.pages(walk, &mut scan, options, events, &mut spent).await;
        usage.add(spent);
        if !options.dry_run {
            walk.store_checkpoint().await?;
        }
        ended
    }

    /// Begins to walk, unless the checkpoint has expired.
    pub(super) async fn open_scan(
        &self,
        source: &Source,
        since: Option<String>,
        options: &SyncOptions,
        usage: &mut Usage,
    ) -> Outcome<Option<Scan>> {
        let settings = source.given.to_string();
        let caller = options.caller.clone();
        let extension = &source.extension;
        let request = OpenRequest { name: source.name.clone(), settings: settings.clone(), since };
        if let Some(native) = extension.code.as_native() {
            let receipt = self.open_native(extension, native, request, caller).await;
            if receipt.outcome.is_err() {
                usage.add(receipt.usage);
            }
            return receipt.outcome.map(Some);
        }
        if extension.code.as_foreign().is_some() {
            let lent = self.lend_to_source(source, settings.clone(), caller)?;
            return Ok(Some(Scan::Foreign(Box::new(Fetching {
                sandbox: self.sandbox.clone(),
                module: self.foreign(extension)?,
                lent,
                limits: extension.limits.clone(),
                settings,
                is_over: false,
                spent: Usage::default(),
            }))));
        }
        let lent = self.lend_to_source(source, settings, caller)?;
        let prepared = self.prepared(extension).await?;
        let limits = extension.limits.clone();
        match self.sandbox.open_scan(&prepared, lent, limits, &source.info, request).await {
            ScanStart::Started(scan) => Ok(Some(Scan::Guest(scan))),
            ScanStart::CheckpointExpired(spent) => {
                usage.add(spent);
                Ok(None)
            }
            ScanStart::Ended(receipt) => {
                usage.add(receipt.usage);
                receipt.outcome.map(|never| match never {})
            }
        }
    }

    async fn pages(
        &self,
        walk: &mut Walk<'_>,
        scan: &mut Scan,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
        spent: &mut Usage,
    ) -> Result<Outcome<Ended>, HostError> {
        let mut limit = PAGE;
        loop {
            if options.stop.load(Ordering::Relaxed) {
                return Ok(Ok(Ended::Stopped));
            }
            let Receipt { outcome, usage } = scan.next(limit).await;
            *spent = usage;
            let page = match outcome {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Ok(Ended::Finished)),
                Err(error) => return Ok(Err(error)),
            };
            let (total, changes) = (page.total, page.changes.len());
            let (write, over) = walk.compare(scan, page, spent).await?;
            let is_unchanged = write.upserts.is_empty() && write.removals.is_empty() && changes > 0;
            limit = if is_unchanged { (limit * 2).min(UNCHANGED_PAGE) } else { PAGE };
            if options.dry_run {
                walk.count_page(&write).await?;
            } else {
                walk.store_page(write).await?;
            }
            if let Some(error) = over {
                return Ok(Err(error));
            }
            events(SyncEvent::Page { documents: walk.report.documents, total });
            if walk.filter.is_full() {
                return Ok(Ok(Ended::Full));
            }
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

/// Ends a walk. Documents that a full walk of a complete source did not give
/// are gone; but a walk that gave nothing at all is more likely wrong.
async fn finish(walk: &mut Walk<'_>, whole: bool) -> Result<u64, HostError> {
    let info = &walk.source.info;
    let seen = std::mem::take(&mut walk.seen);
    let is_empty = whole && info.complete && seen.is_empty() && walk.report.skipped == 0;
    let tells_absence = whole && info.complete && !seen.is_empty() && !walk.partial;
    // A walk that left something out has not come to its end.
    let keeps = info.incremental || walk.filter.has_left_out();
    let checkpoint = if keeps { CheckpointWrite::Keep } else { CheckpointWrite::Clear };
    let (store, source) = (walk.store.clone(), walk.source.name.clone());
    let extension = walk.source.extension.name.to_string();
    let (removed, kept) = blocking(move || {
        let removed = store.finish(
            &source,
            &Finished {
                extension: &extension,
                at: now(),
                seen: tells_absence.then_some(&seen),
                checkpoint,
            },
        )?;
        let stored = || Ok(store.sources()?.into_iter().find(|row| row.name == source));
        let kept = if is_empty { stored()?.map_or(0, |row| row.documents) } else { 0 };
        Ok((removed, kept))
    })
    .await?;
    walk.report.kept = kept;
    Ok(removed)
}
