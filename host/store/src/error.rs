//! Why the store could not do something: one enum for the store, one for
//! searches. A variant exists where a caller does something else on it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store could not do something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// To be opened by a newer `ctx` only.
    #[error(
        "`{path}` was written by a newer ctx: it has format {found}, and this one knows {known}"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// To be imported.
    #[error("`{path}` is a database of Context Harness")]
    Foreign { path: PathBuf },
    /// Never ours to write.
    #[error("`{path}` is a database of another program; nothing of it was touched")]
    Stranger { path: PathBuf },
    /// Nothing that could be imported.
    #[error("nothing was imported from `{path}`: {why}")]
    NotForeign { path: PathBuf, why: &'static str },
    /// Worth trying again once there is room.
    #[error("there is no space left to write `{path}`")]
    Full { path: PathBuf },
    /// Worth trying again.
    #[error("`{path}` is held by another process")]
    Busy { path: PathBuf },
    /// To be moved away and synced anew.
    #[error("`{path}` is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
    /// A matter of paths and permissions.
    #[error("`{path}` cannot be used: {why}")]
    Unusable { path: PathBuf, why: String },
    /// The caller's fault.
    #[error("document `{document}` cannot be stored: {why}")]
    Rejected { document: String, why: &'static str },
    /// Anything else.
    #[error("`{path}` failed: {why}")]
    Failed { path: PathBuf, why: String },
}

/// Why a search gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchError {
    /// The caller's fault.
    #[error("cursor `{cursor}` does not belong to this query")]
    Cursor { cursor: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    pub(crate) fn sql(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, why }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unusable { path, why }
            }
            _ => Self::Failed { path, why },
        }
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory => Self::Unusable { path, why },
            _ => Self::Failed { path, why },
        }
    }
}
