//! The user's own folders: entered by nobody else, with this installation's
//! key in one of them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::OpenError;

/// Makes a folder that only the user may enter.
pub(crate) fn private_folder(path: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::Folder { path: path.display().to_string(), error };
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed)
}

/// Reads this installation's own key, or makes one.
pub(crate) fn seal(state: &Path) -> Result<[u8; 32], OpenError> {
    let path = state.join("seal");
    let failed = |error| OpenError::Folder { path: path.display().to_string(), error };
    let mut key = [0; 32];
    let read = |key: &mut [u8; 32]| fs::File::open(&path).and_then(|mut f| f.read_exact(key));
    if read(&mut key).is_ok() {
        return Ok(key);
    }
    getrandom::fill(&mut key).map_err(|error| failed(std::io::Error::other(error.to_string())))?;
    let is_first = keep_first(&path, &key).map_err(failed)?;
    if !is_first && read(&mut key).is_err() {
        // A key that is too short to be one: made anew, and all that was
        // sealed with it is compiled anew.
        fs::write(&path, key).map_err(failed)?;
    }
    read(&mut key).map_err(failed)?;
    Ok(key)
}

/// Writes a file that only the user may read, unless it is there already.
/// Returns whether it was not: two processes may start at once, and the one
/// that links first wins.
pub(crate) fn keep_first(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let scratch = path.with_file_name(scratch_name(&name));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&scratch).and_then(|mut file| file.write_all(bytes))?;
    let linked = fs::hard_link(&scratch, path);
    fs::remove_file(&scratch)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        // A file system without links: whoever writes last wins.
        Err(_) => {
            options.open(path).and_then(|mut file| file.write_all(bytes))?;
            Ok(true)
        }
    }
}

/// Names a file that nobody else writes at the same time, in this process or
/// in another.
pub(crate) fn scratch_name(name: &str) -> String {
    static NAMED: AtomicU64 = AtomicU64::new(0);
    format!("{name}.{}-{}", std::process::id(), NAMED.fetch_add(1, Ordering::Relaxed))
}
