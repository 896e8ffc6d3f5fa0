//! The full-text index: a cache of what the database holds. Whoever has the
//! index lock brings it up to date from the outbox, or builds it anew; the
//! others search what is committed.

mod fill;
mod gate;
mod outbox;
pub(crate) mod schema;
mod trouble;
pub(crate) mod words;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tantivy::{ReloadPolicy, Searcher};

use self::fill::Filler;
use self::outbox::Outbox;
use self::schema::{Fields, Stamp};
pub(crate) use self::trouble::Trouble;
use crate::StoreError;
use crate::database::Database;
use crate::locks::{self, FileLock};

/// How long a search without any index waits for another process to build it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came of bringing the index up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// It holds all that was stored when the refresh began.
    Current {
        /// Changes that were applied.
        changes: u64,
        /// It was absent or damaged, and was built anew.
        rebuilt: bool,
    },
    /// Another process is at it.
    Busy,
}

#[derive(Debug)]
pub(crate) struct Index {
    directory: PathBuf,
    lock: PathBuf,
    /// Whose index it is: the database's identity.
    identity: String,
    opened: Mutex<Option<Arc<Opened>>>,
}

/// One commit of the index, open for searches.
pub(crate) struct Opened {
    pub(crate) searcher: Searcher,
    pub(crate) fields: Fields,
    stamp: Stamp,
    /// The file that names the segments, as it was.
    meta: Vec<u8>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

impl Index {
    pub(crate) fn new(
        directory: PathBuf,
        lock: PathBuf,
        database: &Database,
    ) -> Result<Self, StoreError> {
        let identity = database.read(|connection| {
            connection
                .query_row("SELECT value FROM facts WHERE name = 'identity'", [], |row| row.get(0))
        })?;
        Ok(Self { directory, lock, identity, opened: Mutex::default() })
    }

    /// Brings the index up to date, unless another handle is doing so.
    pub(crate) fn refresh(&self, database: &Database) -> Result<IndexState, StoreError> {
        match locks::try_lock(&self.lock)? {
            Some(lock) => self.catch_up(database, &lock),
            None => Ok(IndexState::Busy),
        }
    }

    /// Builds the index anew, after whoever is at it.
    pub(crate) fn rebuild(&self, database: &Database) -> Result<(), StoreError> {
        let _lock = locks::lock(&self.lock, PATIENCE)?;
        self.build(database).map_err(|trouble| self.give_up(trouble)).map(|_| ())
    }

    /// Returns the newest commit that a search can have now.
    pub(crate) fn current(&self, database: &Database) -> Result<Arc<Opened>, StoreError> {
        // First the outbox and then the index: a line that is gone from the
        // one is in the other.
        let outbox = database.read(Outbox::read)?;
        if let Ok(opened) = self.open() {
            if outbox.first.is_none() && outbox.follows(&opened.stamp) {
                return Ok(opened);
            }
            match self.refresh(database) {
                // What is there is better than nothing while the disk is full.
                Ok(_) | Err(StoreError::Full { .. }) => {}
                Err(error) => return Err(error),
            }
            return self.open().or(Ok(opened));
        }
        let lock = locks::lock(&self.lock, PATIENCE)?;
        self.catch_up(database, &lock)?;
        drop(lock);
        self.open().map_err(|trouble| self.give_up(trouble))
    }

    /// Builds the index anew if it is what made a search fail.
    pub(crate) fn repair(&self, database: &Database, trouble: Trouble) -> Result<(), StoreError> {
        match trouble.settle(&self.directory) {
            Trouble::Broken(_) => self.rebuild(database),
            trouble => Err(self.give_up(trouble)),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Bytes of all files.
    pub(crate) fn size(&self) -> u64 {
        let Ok(files) = fs::read_dir(&self.directory) else { return 0 };
        files.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Opens the last commit, or returns it if it is open already.
    fn open(&self) -> Result<Arc<Opened>, Trouble> {
        let path = self.directory.join("meta.json");
        let meta = fs::read(&path).map_err(|error| Trouble::Broken(error.to_string()))?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = opened.as_ref().filter(|opened| opened.meta == meta) {
            return Ok(Arc::clone(opened));
        }
        *opened = None;
        let (index, fields, stamp) =
            Trouble::guard(&self.directory, || schema::open(&self.directory))?;
        let stamp = self.ours(stamp)?;
        let reader = Trouble::guard(&self.directory, || {
            index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
        })?;
        let searcher = reader.searcher();
        let newest = Arc::new(Opened { searcher, fields, stamp, meta });
        *opened = Some(Arc::clone(&newest));
        Ok(newest)
    }

    fn ours(&self, stamp: Option<Stamp>) -> Result<Stamp, Trouble> {
        stamp
            .filter(|stamp| stamp.identity == self.identity)
            .ok_or_else(|| Trouble::Broken("it follows another database".to_owned()))
    }

    /// Applies the outbox, or builds anew what is broken.
    fn catch_up(&self, database: &Database, _lock: &FileLock) -> Result<IndexState, StoreError> {
        match self.apply(database).map_err(|trouble| trouble.settle(&self.directory)) {
            Ok(changes) => Ok(IndexState::Current { changes, rebuilt: false }),
            Err(Trouble::Broken(_)) => {
                let changes = self.build(database).map_err(|trouble| self.give_up(trouble))?;
                Ok(IndexState::Current { changes, rebuilt: true })
            }
            Err(trouble) => Err(self.give_up(trouble)),
        }
    }

    /// Applies the lines that were there when it began.
    fn apply(&self, database: &Database) -> Result<u64, Trouble> {
        let (index, fields, stamp) =
            Trouble::guard(&self.directory, || schema::open(&self.directory))?;
        let mut stamp = self.ours(stamp)?;
        let outbox = database.read(Outbox::read)?;
        if !outbox.follows(&stamp) {
            return Err(Trouble::Broken("it is not of the same time as the database".to_owned()));
        }
        // A damaged segment is found before anything is written.
        self.open()?;
        if outbox.last == stamp.line {
            if outbox.first.is_some() {
                outbox::trim(database, stamp.line)?;
            }
            return Ok(0);
        }
        let mut filler =
            Filler::new(self.directory.clone(), database.path().to_owned(), &index, fields)?;
        let mut changes = 0;
        while stamp.line < outbox.last {
            let snapshot = database.snapshot()?;
            let lines =
                outbox::after(&snapshot, stamp.line).map_err(|error| database.error(&error))?;
            let Some(newest) = lines.last() else { break };
            stamp.line = newest.line;
            changes += lines.len() as u64;
            // A document that changed twice is read once.
            let mut fresh: HashMap<i64, bool> = HashMap::with_capacity(lines.len());
            for line in &lines {
                *fresh.entry(line.document).or_default() |= line.fresh;
            }
            for line in &lines {
                let Some(fresh) = fresh.remove(&line.document) else { continue };
                if !fresh {
                    filler.remove(line.document)?;
                }
                filler.add(&snapshot, line.document)?;
            }
        }
        outbox::settle(database, stamp.line)?;
        filler.commit(&stamp)?;
        outbox::trim(database, stamp.line)?;
        Ok(changes)
    }

    /// Builds a new index beside the old one, and puts it in its place.
    fn build(&self, database: &Database) -> Result<u64, Trouble> {
        let fresh = self.directory.with_extension("new");
        clear(&fresh)?;
        fs::create_dir_all(&fresh).map_err(|error| StoreError::io(&fresh, &error))?;
        let (index, fields) = Trouble::guard(&fresh, || schema::create(&fresh))?;
        let mut filler = Filler::new(fresh.clone(), database.path().to_owned(), &index, fields)?;
        let sql = |error: rusqlite::Error| database.error(&error);
        // One moment for all documents and the line that they are of.
        let snapshot = database.snapshot()?;
        let line = Outbox::read(&snapshot).map_err(sql)?.last;
        let mut changes = 0;
        {
            let mut all = snapshot
                .prepare_cached("SELECT number FROM documents ORDER BY number")
                .map_err(sql)?;
            let mut rows = all.query([]).map_err(sql)?;
            while let Some(row) = rows.next().map_err(sql)? {
                filler.add(&snapshot, row.get(0).map_err(sql)?)?;
                changes += 1;
            }
        }
        drop(snapshot);
        outbox::settle(database, line)?;
        filler.commit(&Stamp { identity: self.identity.clone(), line })?;
        drop(index);
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
        clear(&self.directory)?;
        fs::rename(&fresh, &self.directory)
            .map_err(|error| StoreError::io(&self.directory, &error))?;
        outbox::trim(database, line)?;
        Ok(changes)
    }

    pub(crate) fn give_up(&self, trouble: Trouble) -> StoreError {
        match trouble {
            Trouble::Store(error) => error,
            Trouble::Broken(why) | Trouble::Doubtful(why) => {
                StoreError::Failed { path: self.directory.clone(), why }
            }
        }
    }
}

fn clear(directory: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io(directory, &error))
        }
        _ => Ok(()),
    }
}
