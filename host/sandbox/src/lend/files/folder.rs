//! A folder that can be lent: live, or as it was when its extension was
//! installed. Reached through a handle, so that no path leads out of it.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata};

use super::sealed::Contents;
use crate::bindings::ctx::extension::files::{Entry, Kind};

/// Entries that one directory is listed with at most.
const LISTING: usize = 100_000;

/// A file larger than this is not read for the host's own use.
const OWN_USE: u64 = 1 << 20;

/// A folder, opened once and reached only through this handle.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: Arc<Dir>,
    /// What it held when it was sealed. Nothing else is given out of it.
    contents: Option<Arc<Contents>>,
}

/// One directory of a folder, as a walk goes through it.
#[derive(Clone)]
pub(in crate::lend) enum Place {
    Live(Arc<Dir>),
    /// The contents, and the directory's path with a slash behind it.
    Sealed(Arc<Contents>, String),
}

/// Something in a directory.
pub(in crate::lend) struct Name {
    pub(in crate::lend) text: String,
    pub(in crate::lend) is_dir: bool,
    pub(in crate::lend) is_link: bool,
    /// Whether `text` is all of it: a name that is not UTF-8 cannot cross into
    /// the sandbox.
    pub(in crate::lend) is_whole: bool,
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum ReadError {
    TooLarge(u64),
    Io(io::Error),
}

impl Folder {
    /// Opens a folder of the machine, which is lent as it is at any time.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::from(Dir::open_ambient_dir(path, ambient_authority())?))
    }

    /// Lends a folder as it was when somebody looked through it: a file that
    /// has changed since is not given.
    pub fn sealed(dir: Dir, contents: Contents) -> Self {
        Self { dir: Arc::new(dir), contents: Some(Arc::new(contents)) }
    }

    /// Reads a text file of it, for the host's own use.
    pub fn read_to_string(&self, path: &str) -> io::Result<String> {
        let bytes = self.read_whole(path, OWN_USE)?;
        String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))
    }

    /// Reads a file of it whole, for the host's own use.
    pub fn read_whole(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        self.read(path, most).map_err(|error| match error {
            ReadError::TooLarge(_) => {
                io::Error::other(format!("it is larger than {} MiB", most >> 20))
            }
            ReadError::Io(error) => error,
        })
    }

    /// Whether both are the same folder of the machine, and not one that was
    /// put in the other's place.
    pub fn is_same(&self, other: &Self) -> bool {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            let of = |dir: &Dir| dir.dir_metadata().map(|found| (found.dev(), found.ino())).ok();
            of(&self.dir).is_some_and(|found| Some(found) == of(&other.dir))
        }
        #[cfg(not(unix))]
        Arc::ptr_eq(&self.dir, &other.dir)
    }

    pub(super) fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        match &self.contents {
            Some(contents) => contents.read(&self.dir, path, limit),
            None => read(&self.dir, path, limit),
        }
    }

    pub(super) fn list(&self, path: &str) -> io::Result<Vec<Entry>> {
        let directory = if path.is_empty() || path == "." { "." } else { path };
        let prefix = if directory == "." {
            String::new()
        } else {
            format!("{}/", directory.trim_end_matches('/'))
        };
        match &self.contents {
            Some(contents) => contents.list(&self.dir, directory, &prefix),
            None => list(&self.dir, directory, &prefix),
        }
    }

    /// Returns where a walk of it begins.
    pub(in crate::lend) fn top(&self) -> Place {
        match &self.contents {
            Some(contents) => Place::Sealed(contents.clone(), String::new()),
            None => Place::Live(self.dir.clone()),
        }
    }
}

impl From<Dir> for Folder {
    fn from(dir: Dir) -> Self {
        Self { dir: Arc::new(dir), contents: None }
    }
}

impl Place {
    /// Names what is in it, in no order.
    pub(in crate::lend) fn names(&self) -> io::Result<Vec<Name>> {
        let dir = match self {
            Self::Live(dir) => dir,
            Self::Sealed(contents, prefix) => return Ok(contents.names(prefix)),
        };
        let mut names = Vec::new();
        for found in dir.entries()? {
            let found = found?;
            let kind = found.file_type()?;
            let (text, is_whole) = match found.file_name().into_string() {
                Ok(text) => (text, true),
                Err(name) => (name.to_string_lossy().into_owned(), false),
            };
            let (is_dir, is_link) = (kind.is_dir(), kind.is_symlink());
            names.push(Name { text, is_dir, is_link, is_whole });
        }
        Ok(names)
    }

    /// Returns what has a name, be it a link. `path` is what the entry goes by.
    pub(in crate::lend) fn entry(&self, name: &str, path: String) -> io::Result<Entry> {
        match self {
            // One system call: a name of this directory leads nowhere else.
            Self::Live(dir) => Ok(entry(path, &dir.symlink_metadata(name)?)),
            Self::Sealed(contents, prefix) => contents.entry(&format!("{prefix}{name}"), path),
        }
    }

    /// Returns what a name stands for, once links are followed.
    pub(in crate::lend) fn target(&self, name: &str, path: String) -> io::Result<Entry> {
        match self {
            // `cap-std` refuses a link that leads out of the folder.
            Self::Live(dir) => Ok(entry(path, &dir.metadata(name)?)),
            Self::Sealed(contents, prefix) => contents.entry(&format!("{prefix}{name}"), path),
        }
    }

    /// Goes into a directory of it.
    pub(in crate::lend) fn enter(&self, name: &str) -> io::Result<Self> {
        match self {
            Self::Live(dir) => Ok(Self::Live(Arc::new(dir.open_dir(name)?))),
            Self::Sealed(contents, prefix) => {
                Ok(Self::Sealed(contents.clone(), format!("{prefix}{name}/")))
            }
        }
    }

    /// Reads a small text file of it, if that is what the name stands for.
    pub(in crate::lend) fn text(&self, name: &str, most: u64) -> Option<String> {
        match self {
            Self::Live(dir) => {
                // A pipe of that name would never end.
                let found = dir.metadata(name).ok()?;
                let fits = found.is_file() && found.len() <= most;
                fits.then(|| dir.read_to_string(name).ok()).flatten()
            }
            Self::Sealed(contents, prefix) => {
                let bytes = contents.kept(&format!("{prefix}{name}"))?;
                String::from_utf8(bytes.to_vec()).ok()
            }
        }
    }
}

/// Describes a file of the machine.
pub(super) fn entry(path: String, metadata: &Metadata) -> Entry {
    let kind = metadata.file_type();
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.into_std().duration_since(std::time::SystemTime::UNIX_EPOCH).ok())
        .unwrap_or_default();
    Entry {
        path,
        kind: if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            Kind::Link
        } else {
            Kind::Other
        },
        size: metadata.len(),
        modified: i64::try_from(modified.as_secs()).unwrap_or(i64::MAX),
        modified_nanoseconds: modified.subsec_nanos(),
    }
}

/// Reads a file as it is now.
pub(super) fn read(folder: &Dir, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
    // Opened without waiting, so that a pipe or a device does not block.
    let mut options = cap_std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file: File = folder.open_with(path, &options).map_err(ReadError::Io)?;
    let metadata = file.metadata().map_err(ReadError::Io)?;
    if !metadata.is_file() {
        return Err(ReadError::Io(not_a_file()));
    }
    if metadata.len() > limit {
        return Err(ReadError::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // The file may have grown since it was measured.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge(bytes.len() as u64));
    }
    Ok(bytes)
}

pub(super) fn not_a_file() -> io::Error {
    io::Error::other("it is not a file")
}

fn list(folder: &Dir, directory: &str, prefix: &str) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for found in folder.read_dir(directory)?.take(LISTING) {
        let found = found?;
        // An entry has no way to say why it cannot be read; a walk does.
        let Ok(name) = found.file_name().into_string() else { continue };
        entries.push(entry(format!("{prefix}{name}"), &found.metadata()?));
    }
    entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok(entries)
}
