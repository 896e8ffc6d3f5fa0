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

    /// Counts its processes, as far as this system tells.
    #[cfg(target_os = "linux")]
    pub(crate) fn size(self) -> u64 {
        let Ok(all) = std::fs::read_dir("/proc") else { return 0 };
        let is_process = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let names = all.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let leader = self.0.as_raw_nonzero().get().to_string();
        let is_member = |name: &String| {
            let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
            // A name may hold anything, so the fields are counted from its end.
            let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
            fields.split(' ').nth(2) == Some(&leader)
        };
        names.filter(|name| is_process(name)).filter(is_member).count() as u64
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn size(self) -> u64 {
        0
    }

    /// Kills all that is left of it.
    pub(crate) fn kill(self) {
        // A group that is gone already is as it should be.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}
