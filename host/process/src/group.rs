//! A process group: it is waited for and killed as a whole.

use std::process::Child;
use std::sync::mpsc::Sender;
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::run::Event;

/// The group that a child leads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group(Pid);

impl Group {
    /// Names the group of a child that was started as its leader.
    pub(crate) fn of(child: &Child) -> Option<Self> {
        Pid::from_raw(i32::try_from(child.id()).ok()?).map(Self)
    }

    /// Tells when the leader has ended. It is left where it is, so that its
    /// number, and with it the group's, cannot become another's before the
    /// group is killed.
    pub(crate) fn watch(self, events: Sender<Event>) {
        thread::spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(Errno::INTR) = waitid(WaitId::Pid(self.0), options) {}
            // Nobody listens any more if the run was given up.
            drop(events.send(Event::Exited));
        });
    }

    /// Kills all that is left of it.
    pub(crate) fn kill(self) {
        // A group that is gone already is as it should be.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}
