//! Config files that others write too: replaced whole or not at all, and kept
//! aside where something of them is replaced.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What came of a write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// With where the text before it is kept, if it was to be kept.
    Done(Option<PathBuf>),
    /// Somebody else has changed it since it was read; it is as they left it.
    Overtaken,
}

/// Reads a config; nothing if there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a text in the place of another. A file that is new can be read by its
/// owner alone if `is_private`; one that was there keeps its mode.
pub(crate) fn write(
    path: &Path,
    before: Option<&str>,
    text: &str,
    keep: bool,
    is_private: bool,
) -> io::Result<Written> {
    // A link stays one: dotfiles are often kept elsewhere.
    let path = &if before.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mode = if is_private { 0o600 } else { 0o666 };
    let mut scratch =
        tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    if before.is_some() {
        scratch.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    }
    scratch.write_all(text.as_bytes())?;
    scratch.as_file().sync_all()?;
    if read(path)?.as_deref() != before {
        return Ok(Written::Overtaken);
    }
    let kept = match before.filter(|_| keep) {
        Some(before) => Some(set_aside(path, before)?),
        None => None,
    };
    if before.is_some() {
        scratch.persist(path).map_err(|error| error.error)?;
    } else if let Err(error) = scratch.persist_noclobber(path) {
        let is_there = error.error.kind() == io::ErrorKind::AlreadyExists;
        return if is_there { Ok(Written::Overtaken) } else { Err(error.error) };
    }
    Ok(Written::Done(kept))
}

/// Writes the text beside the file, under a name that nothing has.
fn set_aside(path: &Path, text: &str) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mode = fs::metadata(path)?.permissions();
    let mut count = 1;
    loop {
        let ending = if count == 1 { String::new() } else { count.to_string() };
        let kept = path.with_file_name(format!("{name}.before-ctx{ending}"));
        match fs::OpenOptions::new().write(true).create_new(true).open(&kept) {
            Ok(mut file) => {
                file.set_permissions(mode)?;
                file.write_all(text.as_bytes())?;
                return Ok(kept);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => count += 1,
            Err(error) => return Err(error),
        }
    }
}
