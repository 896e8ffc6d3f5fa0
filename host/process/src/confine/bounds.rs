//! What a program may hold: the kernel counts it, process by process. How many
//! processes there are the kernel counts for a user and not for a group, and
//! for the superuser not at all, so that `run` looks, too.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Bytes of data of one process. As much as the host lets any extension have.
const MEMORY: u64 = 1 << 30;

/// Bytes of addresses: what is shared or mapped is no data. Runtimes reserve
/// much more than they use.
const ADDRESSES: u64 = 16 << 30;

/// Bytes of one file.
pub const FILE: u64 = 256 << 20;

/// Open files of one process.
const OPEN: u64 = 256;

/// Processes, and threads of them, beside those that the machine runs already.
pub const PROCESSES: u64 = 128;

/// Has a program begin within its bounds, and unable to widen them.
pub(super) fn restrict(command: &mut Command) {
    let bounds = [
        (Resource::Data, MEMORY),
        (Resource::As, ADDRESSES),
        (Resource::Fsize, FILE),
        (Resource::Nofile, OPEN),
        // What it held in memory is nothing to leave on a disk.
        (Resource::Core, 0),
        (Resource::Nproc, tasks().saturating_add(PROCESSES)),
    ];
    let apply = move || {
        for (resource, most) in bounds {
            // Where there is less already, less it is.
            let held = rustix::process::getrlimit(resource).maximum;
            let most = Some(held.map_or(most, |held| held.min(most)));
            setrlimit(resource, Rlimit { current: most, maximum: most })
                .map_err(|error| io::Error::from_raw_os_error(error.raw_os_error()))?;
        }
        Ok(())
    };
    // Sound: it makes system calls over memory that was there before the fork,
    // and allocates nothing.
    #[expect(unsafe_code, reason = "what runs between fork and exec must be chosen with care")]
    unsafe {
        command.pre_exec(apply);
    }
}

/// Counts what this machine runs: the user's share of it is not more.
#[cfg(target_os = "linux")]
fn tasks() -> u64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let counted = load.split(['/', ' ']).nth(4).and_then(|tasks| tasks.parse().ok());
    counted.unwrap_or(1 << 15)
}

/// Elsewhere nobody tells; no user has more.
#[cfg(not(target_os = "linux"))]
fn tasks() -> u64 {
    1 << 12
}
