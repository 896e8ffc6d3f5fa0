//! Reads a database of Context Harness, and never writes one. Whatever is in
//! it was written by somebody else: what does not fit is passed over and named.

use std::path::{Path, PathBuf};

use ctx_model::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::{StoreError, whose};

/// Bytes of a text that is taken over.
const MOST_TEXT: i64 = 64 << 20;

const NO_SUCH_DATABASE: &str = "it is no database of Context Harness";

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
        let nothing = |why| StoreError::NotForeign { path: path.to_owned(), why };
        let failed = |error: rusqlite::Error| {
            if whose::is_no_database(&error) {
                nothing(NO_SUCH_DATABASE)
            } else {
                StoreError::sql(path, &error)
            }
        };
        if path.is_dir() {
            return Err(nothing("it is a folder"));
        }
        if !path.is_file() {
            return Err(nothing("there is no such file"));
        }
        let connection = whose::read_only(path).map_err(failed)?;
        if !whose::is_of_context_harness(&connection).map_err(failed)? {
            return Err(nothing(NO_SUCH_DATABASE));
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
        let list = names.map(column).join(", ");
        let sql = format!("SELECT {list}, octet_length(body) FROM documents ORDER BY rowid");
        Ok(Self { path: path.to_owned(), connection, sql })
    }

    /// Hands over every document, one after the other.
    pub fn for_each(
        &self,
        mut take: impl FnMut(Result<ForeignDocument, ForeignSkip>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.until(|document| take(document).map(|()| false)).map(|_| ())
    }

    /// Whether any document is as wanted.
    pub fn any(&self, mut want: impl FnMut(ForeignDocument) -> bool) -> Result<bool, StoreError> {
        self.until(|document| Ok(document.is_ok_and(&mut want)))
    }

    /// Hands over documents until one is the last to be taken.
    fn until(
        &self,
        mut take: impl FnMut(Result<ForeignDocument, ForeignSkip>) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sql(&self.path, &error);
        let mut statement = self.connection.prepare(&self.sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if take(document(row).map_err(failed)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
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
