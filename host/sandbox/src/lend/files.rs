//! `files`: granted folders, opened by the host, by the name that the
//! extension knows them under. No path of the machine gets to a guest.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata};

use ctx_model::Denial;
use wasmtime::component::Resource;

#[expect(unreachable_pub, reason = "named by the bindings")]
pub use super::walk::Walk;
use super::{blocking, walk};
use crate::bindings::ctx::extension::files::{
    Entry, Error, Host, HostWalk, Kind, Step, WalkOptions,
};
use crate::state::State;

/// Steps that one call of `next` gives at most.
const PAGE: u32 = 1024;

/// Walks that a guest may have open at once; each keeps its patterns, compiled.
const WALKS: usize = 16;

/// Entries that one directory is listed with at most.
const LISTING: usize = 100_000;

/// A folder, opened once and reached only through this handle.
#[derive(Clone, Debug)]
pub struct Folder(pub(crate) Arc<Dir>);

impl Folder {
    /// Opens a folder of the machine.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Dir::open_ambient_dir(path, ambient_authority())?)))
    }

    /// Reads a text file of it, for the host's own use.
    pub fn read_to_string(&self, path: &str) -> io::Result<String> {
        if !self.0.metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        self.0.read_to_string(path)
    }
}

impl From<Dir> for Folder {
    fn from(dir: Dir) -> Self {
        Self(Arc::new(dir))
    }
}

/// Whether a path stays below its folder by its words alone, as any system
/// would read them. Links are checked by `cap-std` when it is opened.
fn stays_inside(path: &str) -> bool {
    !path.starts_with('/')
        && !path.contains('\0')
        && path.split(['/', '\\']).all(|part| part != "..")
}

/// `cap-std` refuses to leave a folder with an error that no system call made.
fn left_the_folder(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

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

impl State {
    /// Finds a granted folder and checks the words of a path, or notes what
    /// was wanted.
    fn folder(&mut self, folder: &str, path: &str) -> Result<Folder, Error> {
        let Some(found) = self.lent.loan.folders.get(folder) else {
            self.denials.record(Denial::Folder(folder.to_owned()));
            return Err(Error::Denied);
        };
        if !stays_inside(path) {
            let (folder, path) = (folder.to_owned(), path.to_owned());
            self.denials.record(Denial::Path { folder, path });
            return Err(Error::Denied);
        }
        Ok(found.clone())
    }

    fn failed(&mut self, folder: &str, path: &str, error: &io::Error) -> Error {
        if left_the_folder(error) {
            let (folder, path) = (folder.to_owned(), path.to_owned());
            self.denials.record(Denial::Path { folder, path });
            return Error::Denied;
        }
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::NotFound,
            _ => Error::Other(error.to_string()),
        }
    }
}

enum ReadError {
    TooLarge(u64),
    Io(io::Error),
}

fn read(folder: &Dir, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
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
        return Err(ReadError::Io(io::Error::other("it is not a file")));
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

fn list(folder: &Dir, path: &str) -> io::Result<Vec<Entry>> {
    let directory = if path.is_empty() || path == "." { "." } else { path };
    let prefix = if directory == "." {
        String::new()
    } else {
        format!("{}/", directory.trim_end_matches('/'))
    };
    let mut entries = Vec::new();
    for found in folder.read_dir(directory)?.take(LISTING) {
        let found = found?;
        let Ok(name) = found.file_name().into_string() else { continue };
        entries.push(entry(format!("{prefix}{name}"), &found.metadata()?));
    }
    entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok(entries)
}

impl Host for State {
    async fn folders(&mut self) -> wasmtime::Result<Vec<String>> {
        self.meter.host_call()?;
        Ok(self.lent.loan.folders.keys().cloned().collect())
    }

    async fn open_walk(
        &mut self,
        folder: String,
        options: WalkOptions,
        after: Option<String>,
    ) -> wasmtime::Result<Result<Resource<Walk>, Error>> {
        self.meter.host_call()?;
        let found = match self.folder(&folder, "") {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if self.walks >= WALKS {
            return Ok(Err(Error::Other(format!("{WALKS} walks are open already"))));
        }
        match blocking(move || Walk::open(&found, &options, after)).await? {
            Ok(walk) => {
                self.walks += 1;
                Ok(Ok(self.table.push(walk)?))
            }
            Err(walk::OpenError::Glob(why)) => Ok(Err(Error::Other(why))),
            Err(walk::OpenError::Io(error)) => Ok(Err(self.failed(&folder, "", &error))),
        }
    }

    async fn list_directory(
        &mut self,
        folder: String,
        path: String,
    ) -> wasmtime::Result<Result<Vec<Entry>, Error>> {
        self.meter.host_call()?;
        let found = match self.folder(&folder, &path) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let wanted = path.clone();
        match blocking(move || list(&found.0, &wanted)).await? {
            Ok(entries) => Ok(Ok(entries)),
            Err(error) => Ok(Err(self.failed(&folder, &path, &error))),
        }
    }

    async fn read(
        &mut self,
        folder: String,
        path: String,
        limit: u64,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        self.meter.host_call()?;
        let found = match self.folder(&folder, &path) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        // What the guest could not hold need not be read.
        let limit = limit.min(self.meter.limits().memory);
        let wanted = path.clone();
        match blocking(move || read(&found.0, &wanted, limit)).await? {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(ReadError::TooLarge(size)) => Ok(Err(Error::TooLarge(size))),
            Err(ReadError::Io(error)) => Ok(Err(self.failed(&folder, &path, &error))),
        }
    }
}

impl HostWalk for State {
    async fn next(
        &mut self,
        walk: Resource<Walk>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Step>, Error>> {
        self.meter.host_call()?;
        let mut taken = self.table.get_mut(&walk)?.take();
        let (steps, taken) = blocking(move || (taken.steps(limit.min(PAGE)), taken)).await?;
        *self.table.get_mut(&walk)? = taken;
        Ok(Ok(steps))
    }

    async fn drop(&mut self, walk: Resource<Walk>) -> wasmtime::Result<()> {
        self.table.delete(walk)?;
        self.walks -= 1;
        Ok(())
    }
}
