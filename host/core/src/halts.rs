//! What keeps an extension from running: the operator, who disabled it, or
//! its own row of failures, after which it is paused for longer and longer.
//!
//! Both are files in the user's state, so that every process that runs
//! extensions sees within moments what another one did.

mod kept;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ctx_model::{Digest, ExtensionName, Form, Refusal, shortened};
use ctx_sandbox::{HALTS_WITHIN, Halting};

use crate::catalog::Installed;
use crate::host::Host;
use kept::Kept;

/// How long a look at the files holds.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A folder that was written this recently may be written again without its
/// time telling.
const UNSURE: Duration = Duration::from_millis(100);

/// No pause is longer, so that what has recovered is found out.
const LONGEST: Duration = Duration::from_mins(10);

/// Bytes of the last failure's words that are kept.
const WHY: usize = 256;

/// How often in a row an extension may fail, and how long it is paused then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PauseRule {
    /// Never, if it is nought.
    pub failures: u32,
    /// The first pause; each that follows is twice as long.
    pub pause: Duration,
}

impl Default for PauseRule {
    fn default() -> Self {
        // Fewer happen by chance; a person or a model tries again about as
        // often before something else is wrong.
        Self { failures: 5, pause: Duration::from_secs(10) }
    }
}

/// Why an extension does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halted {
    /// By the operator, until he enables it.
    Disabled,
    /// By the host, because it failed again and again.
    Paused {
        failures: u32,
        /// What the last failure was.
        why: String,
        /// Until it is tried again.
        left: Duration,
    },
}

/// How a run went, as far as that tells whether the next one is worth it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It did its work, or said in an orderly way why not.
    Sound,
    /// It trapped, used up a limit, or gave an answer that it had promised to
    /// be another.
    Unsound(String),
    /// It was refused or broken off, which says nothing about it.
    Unknown,
}

/// Leave to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    Free,
    /// The one run after a pause that decides whether there is another.
    Trial,
}

/// What keeps extensions from running.
pub(crate) struct Halts {
    folder: PathBuf,
    known: Mutex<Known>,
    /// Whether no extension runs in this process, whatever anybody says of it.
    is_off: AtomicBool,
}

#[derive(Default)]
struct Known {
    rule: PauseRule,
    all: HashMap<ExtensionName, Halt>,
    looked: Option<Instant>,
    /// The folder's time, if nothing can have been written since without
    /// changing it.
    stamp: Option<SystemTime>,
    changes: u64,
}

#[derive(Default)]
struct Halt {
    is_disabled: bool,
    /// Failures of this version in a row.
    in_a_row: Option<(Digest, u32)>,
    paused: Option<Paused>,
}

struct Paused {
    kept: Kept,
    is_tried: bool,
    /// Whether there is a file of it: once that is gone, so is the pause.
    is_written: bool,
}

impl Halts {
    /// Keeps them in a folder, which is made when there is something to keep.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, known: Mutex::default(), is_off: AtomicBool::new(false) }
    }

    /// Lets all extensions run in this process, or none of them.
    pub(crate) fn switch(&self, is_on: bool) {
        self.is_off.store(!is_on, Ordering::Release);
    }

    /// Whether no extension runs in this process.
    pub(crate) fn is_off(&self) -> bool {
        self.is_off.load(Ordering::Acquire)
    }

    pub(crate) fn set_rule(&self, rule: PauseRule) {
        self.known().rule = rule;
    }

    /// Counts what has changed, by whichever process.
    pub(crate) fn changes(&self) -> u64 {
        self.looked().changes
    }

    /// Lets an extension run, or says why not.
    pub(crate) fn admit(&self, name: &ExtensionName, digest: Digest) -> Result<Leave, Refusal> {
        let mut known = self.looked();
        let Some(halt) = known.all.get_mut(name) else { return Ok(Leave::Free) };
        if halt.is_disabled {
            return Err(Refusal::Disabled { extension: name.clone() });
        }
        let Some(paused) = &mut halt.paused else { return Ok(Leave::Free) };
        // Another version deserves another chance.
        if paused.kept.digest != digest {
            return Ok(Leave::Free);
        }
        let left = paused.kept.left(SystemTime::now());
        if left.is_zero() && !paused.is_tried {
            paused.is_tried = true;
            return Ok(Leave::Trial);
        }
        Err(Refusal::Paused {
            extension: name.clone(),
            failures: paused.kept.failures,
            why: paused.kept.why.clone(),
            retry_after: whole_seconds(left),
        })
    }

    /// Takes down how a run went.
    pub(crate) fn note(
        &self,
        name: &ExtensionName,
        digest: Digest,
        leave: Leave,
        verdict: Verdict,
    ) {
        let mut known = self.known();
        let rule = known.rule;
        let is_trial = leave == Leave::Trial;
        match verdict {
            Verdict::Unknown if !is_trial => {}
            Verdict::Unknown => {
                if let Some(paused) = known.all.get_mut(name).and_then(|halt| halt.paused.as_mut())
                {
                    paused.is_tried = false;
                }
            }
            Verdict::Sound => {
                let Some(halt) = known.all.get_mut(name) else { return };
                halt.in_a_row = None;
                // One that began before the pause says nothing of what follows.
                let is_over = |paused: &Paused| is_trial || paused.kept.digest != digest;
                if halt.paused.as_ref().is_some_and(is_over) {
                    halt.paused = None;
                    kept::forget(&self.folder, name);
                    known.changed();
                    tracing::info!(extension = name.as_str(), "runs again");
                }
            }
            Verdict::Unsound(_) if rule.failures == 0 => {}
            Verdict::Unsound(why) => {
                let halt = known.all.entry(name.clone()).or_default();
                let Some((failures, pauses)) = halt.fail(digest, is_trial, rule.failures) else {
                    return;
                };
                let length = rule.pause.saturating_mul(1 << pauses.min(16)).min(LONGEST);
                let kept = Kept::new(digest, length, failures, pauses, shortened(why, WHY));
                let why = kept.why.clone();
                let is_written = kept::write(&self.folder, name, &kept);
                halt.paused = Some(Paused { kept, is_tried: false, is_written });
                halt.in_a_row = None;
                known.changed();
                let seconds = length.as_secs();
                tracing::warn!(extension = name.as_str(), failures, why, seconds, "paused");
            }
        }
    }

    /// Says why an extension does not run, if it does not.
    pub(crate) fn halted(&self, name: &ExtensionName, digest: Digest) -> Option<Halted> {
        let known = self.looked();
        let halt = known.all.get(name)?;
        if halt.is_disabled {
            return Some(Halted::Disabled);
        }
        let Kept { failures, why, .. } =
            &halt.paused.as_ref().filter(|one| one.kept.digest == digest)?.kept;
        let left = halt.paused.as_ref()?.kept.left(SystemTime::now());
        let (failures, why) = (*failures, why.clone());
        (!left.is_zero()).then(|| Halted::Paused { failures, why, left: whole_seconds(left) })
    }

    /// Stops an extension until it is enabled. Returns whether it ran.
    pub(crate) fn disable(&self, name: &ExtensionName) -> std::io::Result<bool> {
        let was = self.looked().all.get(name).is_some_and(|halt| halt.is_disabled);
        kept::disable(&self.folder, name)?;
        let mut known = self.known();
        known.all.entry(name.clone()).or_default().is_disabled = true;
        known.changed();
        Ok(!was)
    }

    /// Lets an extension run again, whatever kept it. Returns whether anything
    /// did.
    pub(crate) fn enable(&self, name: &ExtensionName) -> std::io::Result<bool> {
        drop(self.looked());
        kept::enable(&self.folder, name)?;
        let mut known = self.known();
        let was = known.all.remove(name);
        known.changed();
        Ok(was.is_some_and(|halt| halt.is_disabled || halt.paused.is_some()))
    }

    /// Waits until an extension is disabled: for what no sandbox runs.
    pub(crate) async fn until_disabled(&self, extension: &ExtensionName) {
        while !self.is_halted(extension) {
            tokio::time::sleep(HALTS_WITHIN).await;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is known after a look at the files, if the last one was
    /// some time ago.
    fn looked(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known();
        if known.looked.is_some_and(|looked| looked.elapsed() < LOOK_AGAIN) {
            return known;
        }
        known.looked = Some(Instant::now());
        let stamp = kept::stamp(&self.folder);
        if stamp.is_none() && known.all.is_empty() || stamp.is_some() && known.stamp == stamp {
            return known;
        }
        let is_sure = |stamp: &SystemTime| stamp.elapsed().is_ok_and(|since| since > UNSURE);
        known.stamp = stamp.filter(is_sure);
        let (disabled, paused) = kept::read(&self.folder);
        known.take_up(&disabled, paused);
        known
    }
}

impl Halt {
    /// Counts a failure. Returns how many there are in a row and how many
    /// pauses came before, if it is one too many.
    fn fail(&mut self, digest: Digest, is_trial: bool, most: u32) -> Option<(u32, u32)> {
        if let Some(Paused { kept, .. }) =
            self.paused.as_ref().filter(|one| one.kept.digest == digest)
        {
            // Others that began before the pause are part of what caused it.
            return is_trial.then(|| (kept.failures.saturating_add(1), kept.pauses + 1));
        }
        let earlier = self.in_a_row.filter(|(version, _)| *version == digest);
        let in_a_row = earlier.map_or(1, |(_, count)| count.saturating_add(1));
        self.in_a_row = Some((digest, in_a_row));
        (in_a_row >= most).then_some((in_a_row, 0))
    }
}

impl Known {
    fn changed(&mut self) {
        self.changes += 1;
        // What was written here looks to others like any change.
        self.stamp = None;
    }

    /// Compares what is known with what the files say.
    fn take_up(&mut self, disabled: &[ExtensionName], paused: Vec<(ExtensionName, Kept)>) {
        let mut is_different = false;
        for (name, halt) in &mut self.all {
            if halt.is_disabled && !disabled.contains(name) {
                (halt.is_disabled, is_different) = (false, true);
            }
            let is_gone = |one: &Paused| one.is_written && !paused.iter().any(|(of, _)| of == name);
            if halt.paused.as_ref().is_some_and(is_gone) {
                (halt.paused, halt.in_a_row, is_different) = (None, None, true);
            }
        }
        for name in disabled {
            let halt = self.all.entry(name.clone()).or_default();
            is_different |= !halt.is_disabled;
            halt.is_disabled = true;
        }
        for (name, kept) in paused {
            let halt = self.all.entry(name).or_default();
            if halt.paused.as_ref().is_none_or(|one| one.kept != kept) {
                halt.paused = Some(Paused { kept, is_tried: false, is_written: true });
                is_different = true;
            }
        }
        self.changes += u64::from(is_different);
    }
}

impl Halting for Halts {
    fn is_halted(&self, extension: &ExtensionName) -> bool {
        self.looked().all.get(extension).is_some_and(|halt| halt.is_disabled)
    }
}

impl Host {
    /// Stops an extension in every process of this user: runs under way end
    /// within moments, and none begins until it is enabled. Returns whether
    /// anything changed.
    pub fn disable(&self, name: &ExtensionName) -> std::io::Result<bool> {
        self.halts.disable(name)
    }

    /// Lets an extension run again, after it was disabled or while it is
    /// paused. Returns whether anything changed.
    pub fn enable(&self, name: &ExtensionName) -> std::io::Result<bool> {
        self.halts.enable(name)
    }

    /// Lets extensions run in this process, or none of them: the switch for all
    /// at once. What is part of the program is no extension in that. Not kept.
    pub fn switch_extensions(&self, is_on: bool) {
        self.halts.switch(is_on);
        self.switch_hooks(is_on);
    }

    /// Says why an extension does not run, if it does not.
    pub fn halted(&self, extension: &Installed) -> Option<Halted> {
        if self.halts.is_off() && extension.form != Form::Native {
            return Some(Halted::Disabled);
        }
        self.halts.halted(&extension.name, extension.digest)
    }
}

/// Rounds up: whoever comes back a moment too early is refused again.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
