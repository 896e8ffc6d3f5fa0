//! Scripts whose loading is done once: written down in the background at the
//! first use, for all calls to come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ctx_model::Refusal;
use ctx_sandbox::{Prepared, Unfit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::catalog::Installed;
use crate::host::Host;
use crate::install;

/// Snapshots that one process has mapped at once: each costs a quarter of a
/// megabyte of tables. The scripts beyond are loaded by each call.
const MAPPED: usize = 256;

/// A script's snapshot, as far as it has one.
#[derive(Default)]
pub(crate) struct Snapshot {
    is_begun: AtomicBool,
    made: OnceLock<Made>,
}

enum Made {
    Mapped(Prepared, #[expect(dead_code, reason = "a place, held")] OwnedSemaphorePermit),
    Unfit,
}

/// How an extension gets ready for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    /// It is a component, or part of the program.
    Compiled,
    /// A script that is mapped with its top level run.
    Snapshot,
    /// A script whose top level each call runs, and why.
    EachCall(Unfit),
}

impl Snapshot {
    /// Returns what calls begin with, once it is there.
    pub(crate) fn mapped(&self) -> Option<&Prepared> {
        match self.made.get()? {
            Made::Mapped(prepared, _) => Some(prepared),
            Made::Unfit => None,
        }
    }

    fn keep(&self, made: Result<Prepared, Unfit>, place: OwnedSemaphorePermit) {
        let made = made.map_or(Made::Unfit, |prepared| Made::Mapped(prepared, place));
        // Whoever began is the only one who keeps anything.
        drop(self.made.set(made));
    }

    /// Whether nobody has begun to make it; whoever asks has to.
    fn begin(&self) -> bool {
        !self.is_begun.load(Ordering::Relaxed) && !self.is_begun.swap(true, Ordering::Relaxed)
    }
}

/// The places for snapshots that a process has.
pub(crate) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MAPPED))
}

impl Host {
    /// Begins to write a script down, if it is the first time that anybody uses
    /// it. This call does not wait for it.
    pub(crate) fn begin_snapshot(&self, extension: &Arc<Installed>, interpreter: &Prepared) {
        let snapshot = &extension.code.snapshot;
        if self.is_brief || extension.code.interpreter().is_none() || !snapshot.begin() {
            return;
        }
        let Ok(place) = self.snapshots.clone().try_acquire_owned() else { return };
        let making = self.make_snapshot(extension, interpreter);
        let extension = extension.clone();
        tokio::spawn(async move {
            let made = making.await;
            extension.code.snapshot.keep(made, place);
        });
    }

    fn make_snapshot(
        &self,
        extension: &Arc<Installed>,
        interpreter: &Prepared,
    ) -> impl Future<Output = Result<Prepared, Unfit>> + use<> {
        let component = extension.code.interpreter();
        let (lent, limits) = install::bare(extension, self.ports());
        let (sandbox, interpreter) = (self.sandbox.clone(), interpreter.clone());
        async move {
            let component = component.ok_or(Unfit::NoScript)?;
            sandbox.snapshot(&interpreter, component, lent, limits).await
        }
    }

    /// Finds out how an extension gets ready for a call. Makes its snapshot if
    /// there is none yet; calls begin with it from then on.
    ///
    /// # Errors
    ///
    /// What it runs in cannot be compiled.
    pub async fn loading(&self, extension: &Arc<Installed>) -> Result<Loading, Refusal> {
        if extension.code.interpreter().is_none() {
            return Ok(Loading::Compiled);
        }
        let interpreter = self.interpreter(extension).await?;
        let made = self.make_snapshot(extension, &interpreter).await;
        let loading = match &made {
            Ok(_) => Loading::Snapshot,
            Err(unfit) => Loading::EachCall(unfit.clone()),
        };
        if let Ok(place) = self.snapshots.clone().try_acquire_owned()
            && extension.code.snapshot.begin()
        {
            extension.code.snapshot.keep(made, place);
        }
        Ok(loading)
    }
}
