//! The workspace's store: one database, one index, and the locks between the
//! processes that share them.

use std::fs;
use std::path::{Path, PathBuf};

use ctx_model::DocumentId;

use crate::database::{Database, WORKSPACE};
use crate::index::{Index, IndexState};
use crate::locks::{self, SourceLock};
use crate::vectors::Vectors;
use crate::{SourceRow, StoreError, identity};

/// What a workspace has gathered.
///
/// Any number of threads may use one, and any number of processes may open one
/// on the same folder.
#[derive(Debug)]
pub struct Store {
    locks: PathBuf,
    pub(crate) database: Database,
    pub(crate) index: Index,
    pub(crate) vectors: Vectors,
}

/// How much a store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreStats {
    /// Where the database is.
    pub path: PathBuf,
    pub documents: u64,
    pub chunks: u64,
    /// Bytes of the database, its log included.
    pub database: u64,
    /// Bytes of the index.
    pub index: u64,
    pub sources: Vec<SourceRow>,
}

impl Store {
    /// Opens the store in a folder, and creates what is absent.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::at(&directory.join("ctx.sqlite"), directory.join("locks"), directory.join("index"))
    }

    /// Opens the store whose database is this file, with the rest beside it,
    /// named after it: it may share its folder with other things.
    pub fn open_file(file: &Path) -> Result<Self, StoreError> {
        let beside = |suffix: &str| {
            let mut path = file.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        };
        Self::at(file, beside(".locks"), beside(".index"))
    }

    fn at(file: &Path, locks: PathBuf, index: PathBuf) -> Result<Self, StoreError> {
        let database = Database::open(file, &locks.join("open.lock"), WORKSPACE)?;
        let index = Index::new(index, locks.join("index.lock"), &database)?;
        Ok(Self { locks, database, index, vectors: Vectors::default() })
    }

    /// Returns the host's id of a document.
    pub fn document_id(source: &str, document: &str) -> DocumentId {
        identity::document_id(source, document)
    }

    /// Claims the right to sync a source, or returns nothing if another
    /// process is at it.
    pub fn lock_source(&self, source: &str) -> Result<Option<SourceLock>, StoreError> {
        let path = self.locks.join(format!("source-{}.lock", identity::file_name(source)));
        Ok(locks::try_lock(&path)?.map(SourceLock))
    }

    /// Brings the index up to date, unless another process is doing so.
    pub fn refresh_index(&self) -> Result<IndexState, StoreError> {
        self.index.refresh(&self.database)
    }

    /// Builds the index anew from the documents.
    pub fn rebuild_index(&self) -> Result<(), StoreError> {
        self.index.rebuild(&self.database)
    }

    /// Returns how much is stored, and in how many bytes.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        let sources = self.sources()?;
        let database = ["", "-wal"].map(|suffix| {
            let mut path = self.database.path().as_os_str().to_owned();
            path.push(suffix);
            fs::metadata(path).map_or(0, |file| file.len())
        });
        Ok(StoreStats {
            path: self.database.path().to_owned(),
            documents: sources.iter().map(|row| row.documents).sum(),
            chunks: sources.iter().map(|row| row.chunks).sum(),
            database: database.iter().sum(),
            index: self.index.size(),
            sources,
        })
    }
}
