//! Whose database a file is, found out without a change to it: a config may
//! name any file, and none but ours is ever written.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{StoreError, database};

/// Refuses a file that holds what is not ours. Ours has these tables.
pub(crate) fn check(path: &Path, marks: &[&str]) -> Result<(), StoreError> {
    if !path.is_file() {
        return Ok(());
    }
    // A look that takes no lock may meet another process at its first write.
    let found = look(path, marks).or_else(|_| look(path, marks));
    match found.map_err(|error| StoreError::sql(path, &error))? {
        Whose::Ours => Ok(()),
        Whose::ContextHarness => Err(StoreError::Foreign { path: path.to_owned() }),
        Whose::Stranger => Err(StoreError::Stranger { path: path.to_owned() }),
    }
}

enum Whose {
    /// Or nobody's yet.
    Ours,
    ContextHarness,
    Stranger,
}

fn look(path: &Path, marks: &[&str]) -> rusqlite::Result<Whose> {
    let mut connection = read_only(path)?;
    // One moment for all questions: another process may be creating it.
    let connection = connection.transaction()?;
    let is_ours = match version(&connection)? {
        0 => {
            connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| {
                row.get(0)
            })?
        }
        1.. => has_tables(&connection, marks)?,
        _ => false,
    };
    Ok(if is_ours {
        Whose::Ours
    } else if is_of_context_harness(&connection)? {
        Whose::ContextHarness
    } else {
        Whose::Stranger
    })
}

/// Whether a database that has none of our steps is one of Context Harness.
pub(crate) fn is_of_context_harness(connection: &Connection) -> rusqlite::Result<bool> {
    if version(connection)? != 0 || !has_tables(connection, &["documents", "chunks"])? {
        return Ok(false);
    }
    let columns: i64 = connection.query_row(
        "SELECT count(*) FROM pragma_table_info('documents')
         WHERE name IN ('source', 'source_id', 'body')",
        [],
        |row| row.get(0),
    )?;
    Ok(columns == 3)
}

/// Whether an error says that a file is no database at all.
pub(crate) fn is_no_database(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::NotADatabase)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// A view or a virtual table of that name would be code of a stranger's.
fn has_tables(connection: &Connection, names: &[&str]) -> rusqlite::Result<bool> {
    let mut find = connection.prepare(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1
             AND sql NOT LIKE 'CREATE VIRTUAL%'",
    )?;
    for name in names {
        if !find.exists([name])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Opens a file for reading, and leaves nothing behind.
pub(crate) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    // Immutable reads nothing but the file; what its last process left in a
    // log would be lost.
    let has_log = std::fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0);
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push('%');
            for digit in [byte >> 4, byte & 15] {
                uri.extend(char::from_digit(digit.into(), 16));
            }
        }
    }
    uri.push_str(if has_log { "?mode=ro" } else { "?mode=ro&immutable=1" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.busy_timeout(database::PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
