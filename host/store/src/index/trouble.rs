//! What may go wrong with an index: either it is broken, and is built anew,
//! or something else is in the way, and the caller hears of it.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use crate::StoreError;

/// Why something could not be done with the index.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The index is absent, damaged or of another database: build it anew.
    Broken(String),
    /// Tantivy gave up without a reason: look at the files.
    Doubtful(String),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    /// Sorts an error of tantivy's.
    pub(crate) fn of(directory: &Path, error: &TantivyError) -> Self {
        let io = |error: &io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotFound => Self::Broken(error.to_string()),
            _ => Self::Store(StoreError::io(directory, error)),
        };
        match error {
            TantivyError::IoError(error)
            | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
            | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. })
            | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError {
                io_error: error,
                ..
            })
            | TantivyError::LockFailure(LockError::IoError(error), _) => io(error),
            TantivyError::LockFailure(LockError::LockBusy, _) => {
                Self::Store(StoreError::Busy { path: directory.to_owned() })
            }
            TantivyError::ErrorInThread(why) | TantivyError::SystemError(why) => {
                Self::Doubtful(why.clone())
            }
            error => Self::Broken(error.to_string()),
        }
    }

    /// Runs what may panic on damaged files, as tantivy does.
    pub(crate) fn guard<T>(
        directory: &Path,
        work: impl FnOnce() -> Result<T, TantivyError>,
    ) -> Result<T, Self> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(done) => done.map_err(|error| Self::of(directory, &error)),
            Err(panic) => Err(Self::Doubtful(said(panic.as_ref()))),
        }
    }

    /// Settles a doubt: the files are damaged, the disk is full, or the fault
    /// is elsewhere.
    pub(crate) fn settle(self, directory: &Path) -> Self {
        let Self::Doubtful(why) = self else { return self };
        let path = directory.to_owned();
        let sound = catch_unwind(|| tantivy::Index::open_in_dir(&path)?.validate_checksum());
        if !matches!(sound, Ok(Ok(damaged)) if damaged.is_empty()) {
            return Self::Broken(why);
        }
        match try_writing(directory) {
            Err(error) => Self::Store(StoreError::io(directory, &error)),
            Ok(()) => Self::Store(StoreError::Failed { path: directory.to_owned(), why }),
        }
    }
}

/// Writes as much as a small segment, and takes it away again.
fn try_writing(directory: &Path) -> io::Result<()> {
    let path = directory.join(".room");
    let written = std::fs::write(&path, vec![1; 1 << 20]);
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
