//! The folder that probes are lent, with everything in it and around it that
//! has ever led out of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fixture::{Fixture, FixtureError};
use crate::heard::MARKER;

/// The folder that is lent, in the workspace.
pub(crate) const FOLDER: &str = "fixtures";

/// A file that is far larger than any memory, and takes none.
const HUGE: u64 = 1 << 40;

/// Lays out the folder and what lies around it.
pub(crate) fn lay_out(fixture: &Fixture) -> Result<(), FixtureError> {
    fixture.write("secret", MARKER.as_bytes())?;
    fixture.write("elsewhere/inside", MARKER.as_bytes())?;
    fixture.write(&format!("{FOLDER}/inside"), b"this may be read")?;
    fixture.write(&format!("{FOLDER}/sub/inside"), b"this may be read")?;
    let folder = fixture.workspace().join(FOLDER);
    fs::File::create(folder.join("huge"))?.set_len(HUGE)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;

        fixture.write(&format!("{FOLDER}/of two\nlines"), b"this may be read")?;
        fs::hard_link(folder.join("inside"), folder.join("hard-link"))?;
        symlink("inside", folder.join("inner-link"))?;
        symlink("loop", folder.join("loop"))?;
        symlink("..", folder.join("up"))?;
        symlink("../elsewhere", folder.join("folder-link"))?;
        symlink("/proc/self", folder.join("process"))?;
        // A door that nobody answers: opening it must not wait.
        drop(std::os::unix::net::UnixListener::bind(folder.join("door"))?);
    }
    #[cfg(target_os = "linux")]
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe"), 0o600.into())
        .map_err(io::Error::from)?;
    link_out(&folder, 1)?;
    Ok(())
}

/// Puts links into a folder that lead out of it, `depth` folders below the
/// workspace.
pub(crate) fn link_out(folder: &Path, depth: usize) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;

        symlink(format!("{}secret", "../".repeat(depth)), folder.join("link"))?;
        let workspace = folder.ancestors().nth(depth).unwrap_or(folder);
        symlink(workspace.join("secret"), folder.join("absolute-link"))?;
    }
    Ok(())
}

/// Turns a link to a file and one to a folder around, in and out, until it is
/// dropped.
pub(crate) struct Flips(Arc<AtomicBool>);

impl Flips {
    pub(crate) fn start(workspace: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        std::thread::spawn(move || {
            let folder = workspace.join(FOLDER);
            while !stopped.load(Ordering::Relaxed) {
                // A link that cannot be made leaves the one before it.
                drop(turn(&folder, "inside", "sub"));
                drop(turn(&folder, "../secret", "../elsewhere"));
            }
        });
        Self(stop)
    }
}

impl Drop for Flips {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Puts new links in the place of `flip` and `flip-folder`, each in one step.
fn turn(folder: &Path, file: &str, directory: &str) -> io::Result<()> {
    #[cfg(unix)]
    for (name, to) in [("flip", file), ("flip-folder", directory)] {
        let scratch = folder.join("turning");
        std::os::unix::fs::symlink(to, &scratch)?;
        fs::rename(&scratch, folder.join(name))?;
    }
    #[cfg(not(unix))]
    let _ = (folder, file, directory);
    Ok(())
}
