//! A walk, whoever does the walking: a guest in its sandbox, or a connector
//! that is part of the program.

use std::sync::Arc;
use std::time::Duration;

use ctx_model::{
    Broke, CallError, Caller, Content, ExtensionName, Limit, Limits, OpenRequest, Page, Receipt,
    Refusal, Usage,
};
use ctx_sandbox::ScanSession;

use super::run::{internal, run};
use super::{NativeExtension, NativeScan};
use crate::catalog::Installed;
use crate::foreign::Fetching;
use crate::halts::Halts;
use crate::host::Host;

/// A walk under way.
pub(crate) enum Scan {
    Guest(Box<ScanSession>),
    Native(NativeSession),
    Foreign(Box<Fetching>),
}

/// A walk through a native connector's source.
pub(crate) struct NativeSession {
    extension: ExtensionName,
    limits: Limits,
    /// Gone once a page was broken off.
    scan: Option<Box<dyn NativeScan>>,
    documents: u64,
    wall: Duration,
    halts: Arc<Halts>,
}

impl Scan {
    /// Gives the next page, or nothing at the end.
    pub(crate) async fn next(&mut self, most: u32) -> Receipt<Option<Page>> {
        match self {
            Self::Guest(scan) => scan.next(most).await,
            Self::Native(scan) => scan.next(most).await,
            Self::Foreign(scan) => scan.next().await,
        }
    }

    /// Reads what a page has put off.
    pub(crate) async fn read(&mut self, id: &str) -> Receipt<Content> {
        match self {
            Self::Guest(scan) => scan.read(id).await,
            Self::Native(scan) => scan.read(id).await,
            Self::Foreign(scan) => scan.read(id),
        }
    }
}

impl Host {
    /// Begins a walk through a native source.
    pub(crate) async fn open_native(
        &self,
        extension: &Installed,
        native: &NativeExtension,
        request: OpenRequest,
        caller: Caller,
    ) -> Receipt<Scan> {
        let Some(source) = native.source.clone() else {
            return Receipt::refused(Refusal::Unusable {
                extension: extension.name.clone(),
                why: "it is no connector".to_owned(),
                help: None,
            });
        };
        let (around, desk) = self.surroundings(caller.clone());
        let (name, limits) = (extension.name.clone(), extension.limits.clone());
        // A list that is made whole is made here.
        let opened = run(&self.halts, &name, limits.scan_time, async move {
            source.connector.open(request, around).await
        });
        let Receipt { outcome, usage } = desk.attend(self, &caller, opened).await;
        let session = |scan| {
            let (documents, wall) = (0, usage.wall);
            let halts = self.halts.clone();
            NativeSession { extension: name, limits, scan: Some(scan), documents, wall, halts }
        };
        Receipt { outcome: outcome.map(session).map(Scan::Native), usage }
    }
}

impl NativeSession {
    async fn next(&mut self, most: u32) -> Receipt<Option<Page>> {
        let Some(mut scan) = self.scan.take() else { return self.over() };
        let work = async move {
            let page = scan.next(most).await;
            Ok((scan, page))
        };
        let Receipt { outcome, usage } =
            run(&self.halts, &self.extension, self.limits.time, work).await;
        self.wall += usage.wall;
        let outcome = outcome.and_then(|(scan, page)| {
            self.scan = Some(scan);
            let page = page.map_err(|failure| CallError::Failed {
                extension: self.extension.clone(),
                failure,
            })?;
            self.documents += page.as_ref().map_or(0, |page| page.changes.len() as u64);
            if self.documents > self.limits.documents {
                let broke = Broke::Limit(Limit::Documents(self.limits.documents));
                return Err(CallError::Broke { extension: self.extension.clone(), broke });
            }
            Ok(page)
        });
        Receipt { outcome, usage: self.usage() }
    }

    async fn read(&mut self, id: &str) -> Receipt<Content> {
        let Some(mut scan) = self.scan.take() else { return self.over() };
        let id = id.to_owned();
        let work = async move {
            let content = scan.read(&id).await;
            Ok((scan, content))
        };
        let Receipt { outcome, usage } =
            run(&self.halts, &self.extension, self.limits.time, work).await;
        self.wall += usage.wall;
        let outcome = outcome.and_then(|(scan, content)| {
            self.scan = Some(scan);
            content
                .map_err(|failure| CallError::Failed { extension: self.extension.clone(), failure })
        });
        Receipt { outcome, usage: self.usage() }
    }

    fn over<T>(&self) -> Receipt<T> {
        let failure = internal("the walk was broken off before".to_owned());
        let outcome = Err(CallError::Failed { extension: self.extension.clone(), failure });
        Receipt { outcome, usage: self.usage() }
    }

    fn usage(&self) -> Usage {
        Usage { wall: self.wall, ..Usage::default() }
    }
}
