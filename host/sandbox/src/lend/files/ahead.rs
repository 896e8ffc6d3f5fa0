//! A walk that a guest has open. While the guest works on what it was given,
//! the next files are looked at already: a sync of a large tree spends as much
//! time in the file system as in the guest.

use std::collections::VecDeque;

use tokio::task::{JoinHandle, spawn_blocking};

use crate::bindings::ctx::extension::files::Step;
use crate::lend::walk::Walk;

/// Steps that are looked at in one go, at least.
const AHEAD: u32 = 256;

/// An open walk, and how far ahead of its guest it is.
#[derive(Default)]
#[expect(unreachable_pub, reason = "named by the bindings")]
pub struct OpenWalk {
    /// The folder, as the extension knows it.
    folder: String,
    /// Found, and not given yet.
    ready: VecDeque<Step>,
    /// What is being looked at; nothing, once the walk has ended.
    going: Option<JoinHandle<(Vec<Step>, Walk)>>,
}

impl OpenWalk {
    pub(super) fn new(walk: Walk, folder: String) -> Self {
        Self { folder, ready: VecDeque::new(), going: Some(go_on(walk, AHEAD)) }
    }

    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// Takes the walk out of its place, so that it can be waited for.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Returns at most `limit` steps; none is the end.
    ///
    /// Fails only if the work panics or the runtime is shutting down, and either
    /// ends the run.
    pub(super) async fn next(&mut self, limit: u32) -> wasmtime::Result<Vec<Step>> {
        if self.ready.is_empty()
            && let Some(going) = self.going.take()
        {
            let (steps, walk) = going
                .await
                .map_err(|error| wasmtime::Error::msg(format!("the host failed: {error}")))?;
            if !steps.is_empty() {
                self.ready = steps.into();
                self.going = Some(go_on(walk, limit.max(AHEAD)));
            }
        }
        let given = self.ready.len().min(limit as usize);
        Ok(self.ready.drain(..given).collect())
    }
}

fn go_on(mut walk: Walk, limit: u32) -> JoinHandle<(Vec<Step>, Walk)> {
    spawn_blocking(move || (walk.steps(limit), walk))
}
