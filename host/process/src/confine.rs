//! What a native program cannot do, as far as the kernel helps: limits hold
//! what it spends, Landlock its files, seccomp its system calls. Landlock holds for the thread that asks
//! for it and for all that it starts, so a thread is spent on each program. The
//! filter refuses to leave a process group, so it comes after the program has
//! one of its own, between fork and exec.

use std::path::Path;
use std::process::Command;

pub(crate) mod bounds;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod syscalls;

/// What a program may do beyond reading its own folder and what the system
/// installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Open sockets. To which hosts, no kernel can tell.
    pub network: bool,
    /// Write below its own folder.
    pub write: bool,
}

/// Which of the two this kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confinement {
    /// Files outside of its folder and the system's are out of reach.
    pub files: bool,
    /// System calls that lead out of its process group are refused.
    pub calls: bool,
}

/// Says what of it this machine can do, on a thread that then ends.
pub fn confinement() -> Confinement {
    let ask = || {
        let (folder, permissions) = (std::env::temp_dir(), Permissions::default());
        confine(&mut Command::new("true"), &folder, &folder, permissions)
    };
    std::thread::spawn(ask).join().unwrap_or_default()
}

/// Confines the calling thread, and the program that it is about to start.
#[cfg(target_os = "linux")]
pub(crate) fn confine(
    command: &mut Command,
    folder: &Path,
    scratch: &Path,
    permissions: Permissions,
) -> Confinement {
    // Before the filter, which does not let anybody set them again.
    bounds::restrict(command);
    let files = files::restrict(folder, scratch, permissions.write);
    Confinement { files, calls: syscalls::restrict(command, permissions.network) }
}

/// Other systems have nothing else that a program without privileges can use.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(command: &mut Command, _: &Path, _: &Path, _: Permissions) -> Confinement {
    bounds::restrict(command);
    Confinement::default()
}
