//! How documents get out: by id, by source and name, by the start of an id.

use ctx_model::{Chunk, Content, Document, DocumentId, Span, Stored};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::database::signed;
use crate::{Store, StoreError, identity};

/// What a document was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentStamp(i64, Vec<u8>);

impl Store {
    /// Returns a document with its chunks.
    pub fn document(&self, id: DocumentId) -> Result<Option<Stored>, StoreError> {
        self.database.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT d.number, s.name, d.document_id, d.version, d.title, d.author, d.uri,
                         d.media_type, d.language, d.created, d.modified, d.data_classes,
                         d.metadata, d.text
                     FROM documents d JOIN sources s ON s.number = d.source
                     WHERE d.number = (SELECT document FROM all_ids WHERE id = ?1)",
                )?
                .query_row([id.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, document(row)?)))
                .optional()?;
            let Some((number, source, document)) = found else { return Ok(None) };
            let chunks = chunks(connection, number)?;
            Ok(Some(Stored { id, source, document, chunks }))
        })
    }

    /// Returns how far the documents have changed: a number that grows with each
    /// change, whichever process makes it.
    pub fn documents_mark(&self) -> Result<i64, StoreError> {
        self.database.read(|connection| {
            // Each change leaves a line for the index, and no number of a line
            // is used twice.
            let found = connection
                .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(found.unwrap_or(0))
        })
    }

    /// Returns what tells a document from what it was before. Nothing if there
    /// is none.
    pub fn document_stamp(&self, id: DocumentId) -> Result<Option<DocumentStamp>, StoreError> {
        self.database.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT number, content_hash FROM documents
                     WHERE number = (SELECT document FROM all_ids WHERE id = ?1)",
                )?
                .query_row([id.0], |row| Ok(DocumentStamp(row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found)
        })
    }

    /// Finds a document by its source and its id there.
    pub fn find(&self, source: &str, document: &str) -> Result<Option<Stored>, StoreError> {
        self.document(identity::document_id(source, document))
    }

    /// Lists the ids that start with these hexadecimal digits, in order.
    /// Hyphens do not count; anything else that is no digit finds nothing.
    pub fn documents_by_prefix(
        &self,
        hex_prefix: &str,
        limit: usize,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let digits: String = hex_prefix.chars().filter(|c| *c != '-').collect();
        if digits.len() > 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let (Ok(first), Ok(last)) = (
            u128::from_str_radix(&format!("{digits:0<32}"), 16),
            u128::from_str_radix(&format!("{digits:f<32}"), 16),
        ) else {
            return Ok(Vec::new());
        };
        self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM all_ids WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
                )?
                .query_map((first.to_be_bytes(), last.to_be_bytes(), signed(limit)), |row| {
                    row.get(0).map(DocumentId)
                })?
                .collect()
        })
    }
}

/// Reads the chunks of a document, in order.
pub(crate) fn chunks(connection: &Connection, document: i64) -> rusqlite::Result<Vec<Chunk>> {
    connection
        .prepare_cached(
            "SELECT start, \"end\", breadcrumbs FROM chunks WHERE document = ?1 ORDER BY position",
        )?
        .query_map([document], |row| {
            Ok(Chunk {
                span: Span { start: row.get(0)?, end: row.get(1)? },
                breadcrumbs: list(row, 2)?.unwrap_or_default(),
            })
        })?
        .collect()
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        id: row.get(2)?,
        version: row.get(3)?,
        title: row.get(4)?,
        author: row.get(5)?,
        uri: row.get(6)?,
        media_type: row.get(7)?,
        language: row.get(8)?,
        created: row.get(9)?,
        modified: row.get(10)?,
        data_classes: list(row, 11)?,
        metadata: row.get(12)?,
        content: Content::Text(row.get(13)?),
    })
}

/// Reads a column that holds a JSON list of texts, or nothing.
pub(crate) fn list(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<String>>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
