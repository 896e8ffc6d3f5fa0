//! `source`: a scan, pulled page by page through one instance.

use std::sync::Arc;
use std::time::Duration;

use ctx_model::{
    Broke, CallError, Change, Content, Document, ExtensionName, Limit, Limits, OpenRequest,
    Outcome, Page, Receipt, Role, SourceInfo, Usage,
};
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceAny};

use super::{answer, not_played, receipt};
use crate::bindings::exports::ctx::extension::source::{Guest, OpenError};
use crate::budget::Waiting;
use crate::convert;
use crate::ending::{Ended, outcome};
use crate::engine::Sandbox;
use crate::pace::Pace;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::{Lent, State};

pub(super) fn load(
    prepared: &Prepared,
    store: &mut Store<State>,
    instance: &Instance,
) -> wasmtime::Result<Guest> {
    let indices = prepared.roles.source.as_ref().ok_or_else(|| not_played(Role::Connector))?;
    indices.load(store, instance)
}

/// How many more pages may be empty if their checkpoints differ. Where it is
/// cut off, the last checkpoint holds, and the next scan goes on from there.
const EMPTY_PAGES: u32 = 10;

/// What opening a scan comes to.
enum Opened {
    Scan(Guest, ResourceAny),
    CheckpointExpired,
}

/// A walk through a source. Dropping it ends the walk.
pub struct ScanSession {
    pace: Arc<Pace>,
    extension: ExtensionName,
    /// Absent once a page was broken off.
    walk: Option<Box<Walk>>,
}

/// The instance that walks.
struct Walk {
    session: Session,
    prepared: Prepared,
    guest: Guest,
    scan: ResourceAny,
    limits: Limits,
    /// Whether the next page may be the work of the whole walk.
    is_whole: bool,
    idle_pages: u32,
    /// Pages in a row without a change, whatever their checkpoints.
    empty_pages: u32,
    checkpoint: Option<String>,
    documents: u64,
}

/// What came of opening a scan.
pub enum ScanStart {
    Started(Box<ScanSession>),
    /// The checkpoint has no meaning any more.
    CheckpointExpired(Usage),
    Ended(Receipt<std::convert::Infallible>),
}

impl Sandbox {
    /// Opens a scan in a fresh instance.
    pub async fn open_scan(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        info: &SourceInfo,
        request: OpenRequest,
    ) -> ScanStart {
        // What a scan hands over is a page.
        let handing = Limits { output: limits.page, ..limits.clone() };
        let loan = lent.loan.clone();
        let extension = loan.extension.clone();
        let mut session = match Session::open(self, prepared, lent, handing, Waiting::Bounded).await
        {
            Ok(session) => session,
            Err(refusal) => return ScanStart::Ended(Receipt::refused(refusal)),
        };
        let (prepared, is_whole) = (prepared.clone(), !info.streaming);
        let pace = self.pace.clone();
        let work = async move {
            let ended = session
                .run(&prepared, limits.time, async |store, instance| {
                    let guest = load(&prepared, store, instance)?;
                    let request = convert::open_request(request);
                    Ok(match guest.call_open(&mut *store, &request).await? {
                        Ok(scan) => Ended::Answered(Opened::Scan(guest, scan)),
                        Err(OpenError::CheckpointExpired) => {
                            Ended::Answered(Opened::CheckpointExpired)
                        }
                        Err(OpenError::Failed(error)) => Ended::Failed(convert::failure(error)),
                    })
                })
                .await;
            match ended {
                Ended::Answered(Opened::Scan(guest, scan)) => {
                    let walk = Walk {
                        session,
                        prepared,
                        guest,
                        scan,
                        limits,
                        is_whole,
                        idle_pages: 0,
                        empty_pages: 0,
                        checkpoint: None,
                        documents: 0,
                    };
                    let walk = Some(Box::new(walk));
                    ScanStart::Started(Box::new(ScanSession { pace, extension, walk }))
                }
                Ended::Answered(Opened::CheckpointExpired) => {
                    let Receipt { outcome, usage } = receipt(session, Ended::Answered(()));
                    match outcome {
                        Ok(()) => ScanStart::CheckpointExpired(usage),
                        Err(error) => ScanStart::Ended(Receipt { outcome: Err(error), usage }),
                    }
                }
                ended => ScanStart::Ended(receipt(session, ended.without_answer())),
            }
        };
        self.pace.drive(&loan.extension, work).await
    }
}

impl ScanSession {
    /// Pulls the next page, or nothing once the walk is over. The bill is of
    /// the whole scan so far.
    pub async fn next(&mut self, limit: u32) -> Receipt<Option<Page>> {
        let Some(mut walk) = self.walk.take() else { return self.over() };
        let work = async move {
            let receipt = walk.next(limit).await;
            (walk, receipt)
        };
        let (walk, receipt) = self.pace.drive(&self.extension, work).await;
        self.walk = Some(walk);
        receipt
    }

    /// Reads the content of a document that was given as deferred.
    pub async fn read(&mut self, id: &str) -> Receipt<Content> {
        let Some(mut walk) = self.walk.take() else { return self.over() };
        let id = id.to_owned();
        let work = async move {
            let receipt = walk.read(&id).await;
            (walk, receipt)
        };
        let (walk, receipt) = self.pace.drive(&self.extension, work).await;
        self.walk = Some(walk);
        receipt
    }

    fn over<T>(&self) -> Receipt<T> {
        let error = CallError::Broke { extension: self.extension.clone(), broke: Broke::Cancelled };
        Receipt { outcome: Err(error), usage: Usage::default() }
    }
}

impl Walk {
    async fn next(&mut self, limit: u32) -> Receipt<Option<Page>> {
        let deadline = self.budget();
        let (guest, scan) = (&self.guest, self.scan);
        let ended = self
            .session
            .run(&self.prepared, deadline, async |store, _| {
                let page = answer!(guest.scan().call_next(&mut *store, scan, limit).await?);
                Ok(Ended::Answered(page.map(convert::page)))
            })
            .await;
        self.is_whole = false;
        let ended = match ended {
            Ended::Answered(Some(page)) => self.check(self.told(page)),
            ended => ended,
        };
        self.settle(ended)
    }

    async fn read(&mut self, id: &str) -> Receipt<Content> {
        let deadline = self.budget();
        let (guest, scan) = (&self.guest, self.scan);
        let ended = self
            .session
            .run(&self.prepared, deadline, async |store, _| {
                let content = answer!(guest.scan().call_read(&mut *store, scan, id).await?);
                Ok(Ended::Answered(convert::content(content)))
            })
            .await;
        let ended = match ended {
            Ended::Answered(content) if content_size(&content) > self.limits.page => {
                Ended::Cut(Limit::Output(self.limits.page))
            }
            ended => ended,
        };
        self.settle(ended)
    }

    /// Refuels for each page, not for each scan: a long source is legitimate
    /// and a long page is not. Returns the page's deadline.
    fn budget(&mut self) -> Duration {
        let Limits { fuel, time, scan_time, .. } = self.limits;
        if self.is_whole {
            let share = scan_time.as_secs_f64() / time.as_secs_f64().max(0.001);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a budget, and both factors are positive"
            )]
            self.session.refuel((fuel as f64 * share.max(1.0)) as u64);
            scan_time
        } else {
            self.session.refuel(fuel);
            time
        }
    }

    /// Takes secrets out of the reasons for what was skipped: they are shown
    /// and kept like failures.
    fn told(&self, mut page: Page) -> Page {
        let state = self.session.store.data();
        for change in &mut page.changes {
            if let Change::Skip(skipped) = change {
                skipped.reason = state.redact(&skipped.reason).into_owned();
            }
        }
        page
    }

    fn check(&mut self, page: Page) -> Ended<Option<Page>> {
        let size: u64 = page.changes.iter().map(change_size).sum();
        if size > self.limits.page {
            return Ended::Cut(Limit::Output(self.limits.page));
        }
        self.documents += page.changes.len() as u64;
        if self.documents > self.limits.documents {
            return Ended::Cut(Limit::Documents(self.limits.documents));
        }
        let moved = page.checkpoint.is_some() && page.checkpoint != self.checkpoint;
        if page.checkpoint.is_some() {
            self.checkpoint.clone_from(&page.checkpoint);
        }
        if !page.changes.is_empty() {
            (self.idle_pages, self.empty_pages) = (0, 0);
            return Ended::Answered(Some(page));
        }
        // Two checkpoints that take turns are no progress either.
        self.empty_pages += 1;
        self.idle_pages = if moved { 0 } else { self.idle_pages + 1 };
        let most = self.limits.idle_pages;
        if self.idle_pages > most || self.empty_pages / EMPTY_PAGES > most {
            return Ended::Cut(Limit::IdlePages(most));
        }
        Ended::Answered(Some(page))
    }

    fn settle<T>(&mut self, ended: Ended<T>) -> Receipt<T> {
        let usage = self.session.usage();
        let outcome: Outcome<T> = outcome(self.session.store.data_mut(), ended);
        Receipt { outcome, usage }
    }
}

fn content_size(content: &Content) -> u64 {
    match content {
        Content::Text(text) => text.len() as u64,
        Content::Bytes(bytes) => bytes.len() as u64,
        Content::Deferred => 0,
    }
}

fn change_size(change: &Change) -> u64 {
    match change {
        Change::Upsert(document) => {
            let Document { id, version, media_type, metadata, .. } = document;
            let always = [id, version, media_type, metadata].map(String::len);
            let Document { title, author, uri, language, data_classes, .. } = document;
            let perhaps = [title, author, uri, language].into_iter().flatten().map(String::len);
            let classes = data_classes.iter().flatten().map(String::len);
            let words: usize = always.into_iter().chain(perhaps).chain(classes).sum();
            words as u64 + content_size(&document.content)
        }
        Change::Remove(id) => id.len() as u64,
        Change::Skip(skipped) => {
            (skipped.id.as_ref().map_or(0, String::len) + skipped.reason.len()) as u64
        }
    }
}
