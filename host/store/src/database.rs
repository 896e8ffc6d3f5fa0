//! One `SQLite` file: a connection that writes, some that read, and the
//! migrations. Nothing here knows what is stored.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{StoreError, locks, whose};

/// How long a process waits for another one's transaction.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Connections kept open for readers. More are opened at need.
const IDLE_READERS: usize = 8;

/// What a database of ours is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    /// Tables that every one of them has, from its first step on.
    pub(crate) marks: &'a [&'a str],
    /// Oldest first. Never edited once released.
    pub(crate) steps: &'a [&'a str],
}

/// The workspace's database.
pub(crate) const WORKSPACE: Plan<'_> = Plan {
    marks: &["facts", "sources", "documents", "chunks"],
    steps: &[
        include_str!("migrations/workspace/0001_begin.sql"),
        include_str!("migrations/workspace/0002_logs.sql"),
        include_str!("migrations/workspace/0003_vectors.sql"),
        include_str!("migrations/workspace/0004_state_documents.sql"),
    ],
};
/// The user's state.
pub(crate) const STATE: Plan<'_> = Plan {
    marks: &["grants", "refusals", "trust"],
    steps: &[
        include_str!("migrations/state/0001_begin.sql"),
        include_str!("migrations/state/0002_conformance.sql"),
    ],
};

#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// A read transaction: all that is read through it is of one moment.
pub(crate) struct Snapshot<'a> {
    database: &'a Database,
    connection: Option<Connection>,
}

impl Database {
    /// Opens the file, creates it if need be, and brings it up to date.
    ///
    /// `lock` keeps two processes from creating one file at the same time.
    /// Its folder is made. Nothing is, if the file is somebody else's.
    pub(crate) fn open(path: &Path, lock: &Path, plan: Plan<'_>) -> Result<Self, StoreError> {
        whose::check(path, plan.marks)?;
        if let Some(folder) = lock.parent() {
            fs::create_dir_all(folder).map_err(|error| StoreError::io(folder, &error))?;
        }
        let _lock = locks::lock(lock, PATIENCE)?;
        let mut writer = connect(path)?;
        let failed = |error: rusqlite::Error| StoreError::sql(path, &error);
        writer.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        migrate(&mut writer, path, plan.steps)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::sql(&self.path, error)
    }

    /// Reads in one snapshot.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let snapshot = self.snapshot()?;
        work(&snapshot).map_err(|error| self.error(&error))
    }

    /// Opens a snapshot, for reads that are mixed with other work.
    pub(crate) fn snapshot(&self) -> Result<Snapshot<'_>, StoreError> {
        let idle = lock(&self.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.path)?,
        };
        let begun = connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([]));
        begun.map_err(|error| self.error(&error))?;
        Ok(Snapshot { database: self, connection: Some(connection) })
    }

    /// Writes in one transaction: all of it or nothing.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer();
        within(&mut writer, work).map_err(|error| self.error(&error))
    }

    /// Writes, and returns once that and everything before it is on the disk.
    ///
    /// Ordinary transactions outlive a killed process and not a power cut.
    pub(crate) fn write_through<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer();
        let done = writer
            .pragma_update(None, "synchronous", "full")
            .and_then(|()| within(&mut writer, work));
        let restored = writer.pragma_update(None, "synchronous", "normal");
        done.and_then(|value| restored.map(|()| value)).map_err(|error| self.error(&error))
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    /// Lets the file grow no further than this, as on a full disk.
    #[cfg(test)]
    pub(crate) fn set_page_limit(&self, pages: u32) {
        let set = self.writer().pragma_update(None, "max_page_count", pages);
        assert!(set.is_ok(), "{set:?}");
    }
}

impl Deref for Snapshot<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a snapshot has its connection until it is dropped")
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let ended = connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
        let mut readers = lock(&self.database.readers);
        if ended.is_ok() && readers.len() < IDLE_READERS {
            readers.push(connection);
        }
    }
}

/// `SQLite` has signed numbers only; none of ours comes near their end.
pub(crate) fn signed(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// Reads a number that is never negative.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// A panic inside a transaction rolled it back, so the connection is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Else some statements are planned anew for every value bound to them.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A clone may bring a database of its own: nothing in its schema is
        // code that we run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        // Pages that many transactions touch are copied into the database
        // once per 16 MiB of log, not once per 4.
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "cache_size", -8192)?;
        Ok(connection)
    };
    connect().map_err(|error| StoreError::sql(path, &error))
}

fn connect_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| StoreError::sql(path, &error))?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let known = signed(steps.len());
    let found = version(connection).map_err(|error| StoreError::sql(path, &error))?;
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    if found == known {
        return Ok(());
    }
    within(connection, |connection| {
        let found = usize::try_from(version(connection)?).unwrap_or(0);
        for step in steps.iter().skip(found) {
            connection.execute_batch(step)?;
        }
        connection.pragma_update(None, "user_version", known)
    })
    .map_err(|error| StoreError::sql(path, &error))
}

#[cfg(test)]
mod tests;
