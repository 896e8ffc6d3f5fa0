//! One page of a walk: what of it has to be written, and the writing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use ctx_model::{CallError, Change, Event, Page, Skipped, Usage};
use ctx_store::{CheckpointWrite, Known, PageWrite, Store, StoreError};

use super::blocking;
use super::upsert::Unstored;
use super::walk::Walk;
use crate::error::HostError;
use crate::native::Scan;

/// How often the index is brought up to date during a long sync.
const INDEX_EVERY: Duration = Duration::from_secs(5);

/// How long a checkpoint may wait for something to be stored with it. A run
/// that is killed looks at what came after it once more.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// Skipped documents that a report names; the others are counted.
pub(super) const NAMED: usize = 100;

impl Walk<'_> {
    /// Turns a page into what has to be written: unchanged documents cost
    /// nothing. With it comes why the walk is over, if it is: what stands
    /// before that is written, and the checkpoint of the page is not.
    pub(super) async fn compare(
        &mut self,
        scan: &mut Scan,
        page: Page,
        spent: &mut Usage,
    ) -> Result<(PageWrite, Option<CallError>), HostError> {
        let known = self.known(&page).await?;
        let mut write = PageWrite::default();
        for change in last_of_each(page.changes) {
            match change {
                Change::Skip(skipped) => self.skip(skipped).await?,
                Change::Remove(id) => write.removals.push(id),
                Change::Upsert(document) => {
                    if !self.filter.takes(&document) {
                        self.report.left_out += 1;
                        if self.filter.is_full() {
                            break;
                        }
                        continue;
                    }
                    self.report.documents += 1;
                    match self.upsert(scan, document, &known, spent).await {
                        Ok(Some(upsert)) => {
                            self.filter.stored();
                            self.report.chunks += upsert.chunks.len() as u64;
                            write.upserts.push(upsert);
                        }
                        Ok(None) => self.report.unchanged += 1,
                        Err(Unstored::Skipped(skipped)) => self.count(skipped),
                        Err(Unstored::Ended(error)) => return Ok((write, Some(error))),
                    }
                }
            }
        }
        // What comes before a checkpoint has to be stored: once a document was
        // left out, this run moves none.
        if page.checkpoint.is_some() && !self.filter.has_left_out() {
            self.checkpoint = page.checkpoint;
        }
        Ok((write, None))
    }

    /// Counts what a page would change, for a run that stores nothing.
    pub(super) async fn count_page(&mut self, write: &PageWrite) -> Result<(), HostError> {
        let upserts = write.upserts.iter().map(|upsert| upsert.document.id.clone());
        let all = upserts.chain(write.removals.iter().cloned()).collect();
        let known = self.known_of(all).await?;
        let changed =
            write.upserts.iter().filter(|upsert| known.contains_key(&upsert.document.id)).count();
        let removed = write.removals.iter().filter(|id| known.contains_key(*id)).count();
        self.report.changed += changed as u64;
        self.report.added += (write.upserts.len() - changed) as u64;
        self.report.removed += removed as u64;
        Ok(())
    }

    async fn known(&self, page: &Page) -> Result<HashMap<String, Known>, HostError> {
        let ids = page.changes.iter().filter_map(|change| match change {
            Change::Upsert(document) => Some(document.id.clone()),
            Change::Remove(_) | Change::Skip(_) => None,
        });
        self.known_of(ids.collect()).await
    }

    async fn known_of(&self, ids: Vec<String>) -> Result<HashMap<String, Known>, HostError> {
        let (store, source) = (self.store.clone(), self.source.name.clone());
        let known = blocking(move || {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            store.known(&source, &ids)
        });
        Ok(known.await?)
    }

    /// Notes what the source could not give. What is stored of it stays.
    async fn skip(&mut self, skipped: Skipped) -> Result<(), HostError> {
        let stored = match &skipped.id {
            None => false,
            Some(id) => {
                self.seen.insert(Store::document_id(&self.source.name, id));
                !self.known_of(vec![id.clone()]).await?.is_empty()
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

    /// Stores a page, and with it how far the walk is. A page that changes
    /// nothing is not worth a transaction, which every reader of the database
    /// pays for with its cache.
    pub(super) async fn store_page(&mut self, mut write: PageWrite) -> Result<(), HostError> {
        let says_something = !write.upserts.is_empty() || !write.removals.is_empty();
        if !says_something && self.stored.elapsed() < CHECKPOINT_EVERY {
            return Ok(());
        }
        self.stored = Instant::now();
        write.checkpoint = self.checkpoint_write();
        self.apply(write).await
    }

    /// Stores how far the walk is, however it ended.
    pub(super) async fn store_checkpoint(&mut self) -> Result<(), HostError> {
        let write = PageWrite { checkpoint: self.checkpoint_write(), ..PageWrite::default() };
        if write.checkpoint == CheckpointWrite::Keep { Ok(()) } else { self.apply(write).await }
    }

    /// Lists what there is to tell of a page, if anybody listens.
    fn to_tell(&self, write: &PageWrite) -> Vec<(Event, String)> {
        let host = self.reading.host;
        let mut told = Vec::new();
        if host.hears(Event::DocumentUpserted) {
            let ids = write.upserts.iter().map(|upsert| upsert.document.id.clone());
            told.extend(ids.map(|id| (Event::DocumentUpserted, id)));
        }
        if host.hears(Event::DocumentRemoved) {
            told.extend(write.removals.iter().map(|id| (Event::DocumentRemoved, id.clone())));
        }
        told
    }

    fn checkpoint_write(&mut self) -> CheckpointWrite {
        self.checkpoint.take().map_or(CheckpointWrite::Keep, |checkpoint| {
            CheckpointWrite::Set(self.source.write_checkpoint(&checkpoint))
        })
    }

    async fn apply(&mut self, write: PageWrite) -> Result<(), HostError> {
        let (store, source) = (self.store.clone(), self.source.name.clone());
        let index = self.indexed.elapsed() >= INDEX_EVERY;
        let told = self.to_tell(&write);
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
        for (event, id) in told {
            let payload = || serde_json::json!({ "source": self.source.name, "id": id });
            self.reading.host.fire(event, payload);
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
