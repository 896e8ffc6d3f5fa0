//! Reads a database of Context Harness, and never writes one. Whatever is in
//! it was written by somebody else: what does not fit is passed over and named.

use std::path::{Path, PathBuf};

use ctx_model::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::{StoreError, database};

/// Bytes of a text that is taken over.
const MOST_TEXT: i64 = 64 << 20;

/// A database of Context Harness, open for reading.
#[derive(Debug)]
pub struct ForeignDatabase {
    path: PathBuf,
    connection: Connection,
    sql: String,
}

/// A document of Context Harness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignDocument {
    pub source: String,
    pub source_id: String,
    pub body: String,
    pub title: Option<String>,
    pub author: Option<String>,
    pub url: Option<String>,
    pub content_type: Option<String>,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// As it stands there: whether it is a JSON object is yet to be seen.
    pub metadata: Option<String>,
}

/// A document that cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignSkip {
    pub id: Option<String>,
    pub why: &'static str,
}

impl ForeignDatabase {
    /// Opens a database, if it is one of Context Harness.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sql(path, &error);
        if !path.is_file() {
            let path = path.to_owned();
            return Err(StoreError::Unusable { path, why: "there is no such file".to_owned() });
        }
        let connection = open(path).map_err(failed)?;
        if !is_foreign(&connection).map_err(failed)? {
            return Err(StoreError::Failed {
                path: path.to_owned(),
                why: "it is no database of Context Harness".to_owned(),
            });
        }
        let columns = columns(&connection).map_err(failed)?;
        let column = |name: &str| {
            if columns.iter().any(|column| column == name) {
                format!("CASE WHEN octet_length({name}) <= {MOST_TEXT} THEN {name} END")
            } else {
                "NULL".to_owned()
            }
        };
        let names = [
            "source",
            "source_id",
            "body",
            "title",
            "author",
            "source_url",
            "content_type",
            "created_at",
            "updated_at",
            "metadata_json",
        ];
        let size = if columns.iter().any(|column| column == "body") {
            "octet_length(body)"
        } else {
            "NULL"
        };
        let list = names.map(column).join(", ");
        let sql = format!("SELECT {list}, {size} FROM documents ORDER BY rowid");
        Ok(Self { path: path.to_owned(), connection, sql })
    }

    /// Hands over every document, one after the other.
    pub fn for_each(
        &self,
        mut take: impl FnMut(Result<ForeignDocument, ForeignSkip>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sql(&self.path, &error);
        let mut statement = self.connection.prepare(&self.sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(document(row).map_err(failed)?)?;
        }
        Ok(())
    }
}

/// Whether a database that has none of our steps is one of Context Harness.
pub(crate) fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != 0 {
        return Ok(false);
    }
    // A view or a virtual table of that name would be code of a stranger's.
    let tables: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'documents'
             AND sql NOT LIKE 'CREATE VIRTUAL%'",
        [],
        |row| row.get(0),
    )?;
    Ok(tables == 1)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
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

fn columns(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info('documents')")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn document(row: &Row<'_>) -> rusqlite::Result<Result<ForeignDocument, ForeignSkip>> {
    let id = text(row, 1)?;
    let skip = |why| Ok(Err(ForeignSkip { id: id.clone(), why }));
    let Some(source) = text(row, 0)?.filter(|source| !source.trim().is_empty()) else {
        return skip("its source is no text");
    };
    let Some(source_id) = id.clone().filter(|id| !id.is_empty()) else {
        return skip("its source id is no text");
    };
    if number(row, 10)?.is_some_and(|size| size > MOST_TEXT) {
        return skip("it is larger than 64 MiB");
    }
    let Some(body) = text(row, 2)? else { return skip("its body is no text") };
    Ok(Ok(ForeignDocument {
        source,
        source_id,
        body,
        title: text(row, 3)?,
        author: text(row, 4)?,
        url: text(row, 5)?,
        content_type: text(row, 6)?,
        created: number(row, 7)?,
        updated: number(row, 8)?,
        metadata: text(row, 9)?,
    }))
}

/// Reads a text, whatever the column says that it holds.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            std::str::from_utf8(bytes).ok().map(str::to_owned)
        }
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(_) | ValueRef::Null => None,
    })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).ok().and_then(|text| text.trim().parse().ok())
        }
        _ => None,
    })
}
