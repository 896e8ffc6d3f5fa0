//! A walk that stores nothing and needs no workspace: what a connector gives,
//! for whoever writes one.

use std::sync::atomic::Ordering;

use ctx_model::{Change, Content, Document, Outcome, Receipt, Skipped, Usage};

use super::filter::Filter;
use super::page::NAMED;
use super::walk::PAGE;
use super::{SyncEvent, SyncOptions};
use crate::bill::traced;
use crate::error::HostError;
use crate::host::Host;
use crate::source::Source;

/// Documents that are kept to be shown.
const FIRST: usize = 5;

/// What a connector gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    pub documents: u64,
    /// Those that have an id and a body.
    pub valid: u64,
    /// The first few, whole.
    pub first: Vec<Document>,
    /// Documents that could not be given.
    pub skipped: u64,
    /// Some of them, and why.
    pub skips: Vec<Skipped>,
    /// Whether the walk went to its end.
    pub complete: bool,
}

impl Host {
    /// Walks a source from its start and keeps nothing of it. Of `options`,
    /// its limit counts the documents that are given.
    pub async fn preview(
        &self,
        name: &str,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
    ) -> Result<Receipt<Preview>, HostError> {
        let catalog = self.catalog().await?;
        let mut source = match self.source(&catalog, name) {
            Ok(source) => source,
            Err(refusal) => return Ok(Receipt::refused(refusal)),
        };
        let options = &SyncOptions { caller: traced(options.caller.clone()), ..options.clone() };
        let running = self.begin(&source.extension, "scan", name, &options.caller);
        if let Err(refusal) = running.leave() {
            let receipt = Receipt::refused(refusal);
            running.end(&receipt);
            return Ok(receipt);
        }
        let mut usage = Usage::default();
        let outcome = match Box::pin(self.mirror(&mut source, &options.stop)).await {
            Ok(false) => Box::pin(self.looked(&source, options, events, &mut usage)).await,
            Ok(true) => Ok(Preview::default()),
            Err(error) => Err(error),
        };
        let receipt = Receipt { outcome, usage };
        running.end(&receipt);
        Ok(receipt)
    }

    async fn looked(
        &self,
        source: &Source,
        options: &SyncOptions,
        events: &mut (dyn FnMut(SyncEvent) + Send),
        usage: &mut Usage,
    ) -> Outcome<Preview> {
        events(SyncEvent::Started { full: true });
        let mut preview = Preview::default();
        let mut filter = Filter::of(options);
        let Some(mut scan) = self.open_scan(source, None, options, usage).await? else {
            return Ok(preview);
        };
        let before = *usage;
        loop {
            if filter.is_full() || options.stop.load(Ordering::Relaxed) {
                return Ok(preview);
            }
            let page = scan.next(PAGE).await;
            *usage = before;
            usage.add(page.usage);
            let Some(page) = page.outcome? else { break };
            for change in page.changes {
                match change {
                    Change::Remove(_) => {}
                    Change::Skip(skipped) => preview.skip(skipped),
                    Change::Upsert(mut document) => {
                        if !filter.takes(&document) {
                            if filter.is_full() {
                                break;
                            }
                            continue;
                        }
                        filter.stored();
                        if document.content == Content::Deferred {
                            let read = scan.read(&document.id).await;
                            *usage = before;
                            usage.add(read.usage);
                            match read.outcome {
                                Ok(content) => document.content = content,
                                Err(ctx_model::CallError::Failed { failure, .. }) => {
                                    let (id, reason) = (Some(document.id), failure.message);
                                    preview.skip(Skipped { id, reason });
                                    continue;
                                }
                                Err(error) => return Err(error),
                            }
                        }
                        if let Some(onlooker) = &options.onlooker {
                            onlooker.sees(&document);
                        }
                        preview.take(document);
                    }
                }
            }
            events(SyncEvent::Page { documents: preview.documents, total: page.total });
        }
        preview.complete = true;
        Ok(preview)
    }
}

impl Preview {
    fn take(&mut self, document: Document) {
        let has_body = match &document.content {
            Content::Text(text) => !text.is_empty(),
            Content::Bytes(bytes) => !bytes.is_empty(),
            Content::Deferred => false,
        };
        self.documents += 1;
        self.valid += u64::from(has_body && !document.id.is_empty());
        if self.first.len() < FIRST {
            self.first.push(document);
        }
    }

    fn skip(&mut self, skipped: Skipped) {
        self.skipped += 1;
        if self.skips.len() < NAMED {
            self.skips.push(skipped);
        }
    }
}
