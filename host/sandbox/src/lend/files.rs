//! `files`: granted folders, opened by the host, by the name that the
//! extension knows them under. No path of the machine gets to a guest.

mod ahead;
pub(super) mod folder;
mod sealed;

use std::io;

use ctx_model::{Denial, LentFile};
use wasmtime::component::Resource;

use super::blocking;
use super::walk::{self, Walk};
use crate::bindings::ctx::extension::files::{
    Entry, Error, Host, HostWalk, Kind, Step, WalkOptions,
};
use crate::state::State;
#[expect(unreachable_pub, reason = "named by the bindings")]
pub use ahead::OpenWalk;
pub use folder::Folder;
use folder::ReadError;
pub use sealed::Contents;

/// Steps that one call of `next` gives at most.
const PAGE: u32 = 1024;

/// Walks that a guest may have open at once; each keeps its patterns, compiled.
const WALKS: usize = 16;

/// Whether a path stays below its folder by its words alone, as any system
/// would read them. Links are checked by `cap-std` when it is opened.
pub(crate) fn stays_inside(path: &str) -> bool {
    !path.starts_with('/')
        && !path.contains('\0')
        && path.split(['/', '\\']).all(|part| part != "..")
}

/// `cap-std` refuses to leave a folder with an error that no system call made.
fn left_the_folder(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
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

    /// Tells whoever listens what a guest was told is there.
    fn heard_of<'a>(&self, folder: &str, entries: impl Iterator<Item = &'a Entry>) {
        let Some(files) = &self.ports().files else { return };
        for entry in entries {
            files.listed(LentFile {
                folder: folder.to_owned(),
                path: entry.path.clone(),
                is_directory: entry.kind == Kind::Directory,
                size: entry.size,
                modified: (entry.modified, entry.modified_nanoseconds),
            });
        }
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
    ) -> wasmtime::Result<Result<Resource<OpenWalk>, Error>> {
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
                Ok(Ok(self.table.push(OpenWalk::new(walk, folder))?))
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
        match blocking(move || found.list(&wanted)).await? {
            Ok(entries) => {
                self.heard_of(&folder, entries.iter());
                Ok(Ok(entries))
            }
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
        match blocking(move || found.read(&wanted, limit)).await? {
            Ok(bytes) => {
                if let Some(files) = &self.ports().files {
                    files.read(&folder, &path, &bytes);
                }
                Ok(Ok(bytes))
            }
            Err(ReadError::TooLarge(size)) => Ok(Err(Error::TooLarge(size))),
            Err(ReadError::Io(error)) => Ok(Err(self.failed(&folder, &path, &error))),
        }
    }
}

impl HostWalk for State {
    async fn next(
        &mut self,
        walk: Resource<OpenWalk>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Step>, Error>> {
        self.meter.host_call()?;
        let mut taken = self.table.get_mut(&walk)?.take();
        let steps = taken.next(limit.min(PAGE)).await?;
        let found = steps.iter().filter_map(|step| match step {
            Step::Found(entry) => Some(entry),
            Step::Unreadable(_) => None,
        });
        self.heard_of(taken.folder(), found);
        *self.table.get_mut(&walk)? = taken;
        Ok(Ok(steps))
    }

    async fn drop(&mut self, walk: Resource<OpenWalk>) -> wasmtime::Result<()> {
        self.table.delete(walk)?;
        self.walks -= 1;
        Ok(())
    }
}
