//! Files that come and go while the host runs: seen, gathered for a moment,
//! and taken up by a reload. Calls in flight are not touched.

mod edited;
mod eyes;
pub(crate) mod stale;
mod targets;
pub(crate) mod told;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use ctx_model::{ExtensionName, Refusal};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::HostError;
use crate::host::Host;
use eyes::{Bell, Eyes};
use stale::{Said, Stale};
use targets::{Targets, Wanted};

pub use edited::Edited;

/// Files are left alone for this long before they are read.
const QUIET: Duration = Duration::from_millis(100);

/// And read at the latest after this long, however busy they are.
const LATEST: Duration = Duration::from_millis(400);

/// An extension that says that it has changed is asked at most this often.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// How often the folders are sought again, if they move while they are.
const ATTEMPTS: u32 = 4;

/// Keeps a host up to date until it is dropped.
#[derive(Debug)]
#[must_use = "what is dropped watches nothing"]
pub struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Host {
    /// Watches the folders of extensions, the config, the grants and the
    /// trust, and reloads when any of them changes. Whatever changes after
    /// this has returned is seen.
    pub fn watch(self: &Arc<Self>) -> Result<Watch, HostError> {
        self.watch_with(Arc::default())
    }

    fn watch_with(self: &Arc<Self>, bell: Arc<Bell>) -> Result<Watch, HostError> {
        let runtime =
            Handle::try_current().map_err(|error| Refusal::NotReady { why: error.to_string() })?;
        let targets = Arc::new(Targets::find(&Wanted::of(self)));
        let eyes = Eyes::open(&targets, &bell);
        let stale = self.stale();
        let is_late = self.current().is_some();
        let watcher = Watcher { host: Arc::downgrade(self), bell, targets, eyes };
        Ok(Watch(runtime.spawn(run(watcher, stale, is_late))))
    }
}

/// The host is held weakly: a watch keeps nothing alive.
struct Watcher {
    host: Weak<Host>,
    bell: Arc<Bell>,
    targets: Arc<Targets>,
    eyes: Eyes,
}

async fn run(mut watcher: Watcher, stale: Arc<Stale>, is_late: bool) {
    if is_late {
        // Files may have changed between the look and the watch.
        watcher.reload().await;
    }
    let bell = watcher.bell.clone();
    let (mut waiting, mut asked) = (Said::new(), HashMap::new());
    loop {
        let now = Instant::now();
        let due = waiting.keys().map(|name| *asked.get(name).unwrap_or(&now)).min();
        tokio::select! {
            () = bell.rung() => {
                settle(&bell).await;
                watcher.reload().await;
            }
            () = stale.told() => {
                for (name, mut said) in stale.take() {
                    let before: &mut Vec<_> = waiting.entry(name).or_default();
                    said.retain(|what| !before.contains(what));
                    before.append(&mut said);
                }
            }
            () = sleep_until(due.unwrap_or(now)), if due.is_some() => {
                watcher.ask_again(&mut waiting, &mut asked).await;
            }
        }
    }
}

/// Waits until nothing has changed for a moment.
async fn settle(bell: &Bell) {
    let latest = Instant::now() + LATEST;
    loop {
        let quiet = latest.min(Instant::now() + QUIET);
        if timeout_at(quiet, bell.rung()).await.is_err() || quiet == latest {
            return;
        }
    }
}

impl Watcher {
    /// Reloads, and seeks the folders again: they may have been made, removed
    /// or named since.
    async fn reload(&mut self) {
        for _ in 0..ATTEMPTS {
            let Some(host) = self.host.upgrade() else { return };
            if let Err(error) = host.reload().await {
                let why = error.to_string();
                tracing::warn!(why, "what is installed cannot be looked at; it stays as it was");
            }
            let wanted = Wanted::of(&host);
            drop(host);
            let found = tokio::task::spawn_blocking(move || Targets::find(&wanted)).await;
            let Ok(found) = found else { return };
            if found == *self.targets && self.eyes.are_good(&self.bell) {
                return;
            }
            self.targets = Arc::new(found);
            let (targets, bell) = (self.targets.clone(), self.bell.clone());
            let Ok(eyes) = tokio::task::spawn_blocking(move || Eyes::open(&targets, &bell)).await
            else {
                return;
            };
            // The old ones see until the new ones do. What has changed in
            // between is found by another reload.
            self.eyes = eyes;
        }
        tracing::warn!("the folders of extensions move faster than they can be watched");
        self.bell.ring();
    }

    /// Asks those again that have not been asked of late.
    async fn ask_again(&self, waiting: &mut Said, asked: &mut HashMap<ExtensionName, Instant>) {
        let now = Instant::now();
        let names: Said =
            waiting.extract_if(.., |name, _| asked.get(name).is_none_or(|at| *at <= now)).collect();
        asked.retain(|_, at| *at > now);
        asked.extend(names.keys().map(|name| (name.clone(), now + ASKED_EVERY)));
        let Some(host) = self.host.upgrade() else { return };
        if let Err(error) = host.ask_again(&names).await {
            let why = error.to_string();
            tracing::warn!(why, "extensions that have changed cannot be asked again");
        }
    }
}

#[cfg(test)]
mod tests;
