//! How documents get in: pages of changes, each applied in one transaction
//! with its checkpoint and with the lines that tell the index.

use std::collections::HashMap;

use ctx_model::{Chunk, Content, Document, DocumentId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::database::signed;
use crate::sources::source_number;
use crate::{Store, StoreError, identity, vectors};

/// Ids that gather before they are filed. With 100,000 documents a page of 256
/// new ones writes less than half of what it would otherwise.
const MOST_RECENT: i64 = 8192;

/// A document to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentWrite {
    /// As `document_id` makes it of the source and the document's own id.
    pub id: DocumentId,
    /// Its content is text.
    pub document: Document,
    pub content_hash: [u8; 32],
    /// In the order of the text.
    pub chunks: Vec<Chunk>,
}

/// What becomes of a source's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CheckpointWrite {
    #[default]
    Keep,
    Set(String),
    Clear,
}

/// A page of changes. Removals come first, so an id that stands in both lists
/// is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageWrite {
    pub upserts: Vec<DocumentWrite>,
    /// The source's own ids. Those that are not stored are passed over.
    pub removals: Vec<String>,
    pub checkpoint: CheckpointWrite,
}

/// What a page changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
}

/// What decides whether a document is new to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: DocumentId,
    pub version: String,
    pub content_hash: [u8; 32],
}

impl Store {
    /// Returns what is known of those of a source's documents that are stored.
    pub fn known(&self, source: &str, ids: &[&str]) -> Result<HashMap<String, Known>, StoreError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT version, content_hash FROM documents
                     WHERE number = (SELECT document FROM all_ids WHERE id = ?1)",
            )?;
            let mut known = HashMap::with_capacity(ids.len());
            for id in ids {
                let document = identity::document_id(source, id);
                let found = statement.query_row([document.0], |row| {
                    Ok(Known { id: document, version: row.get(0)?, content_hash: row.get(1)? })
                });
                if let Some(found) = found.optional()? {
                    known.insert((*id).to_owned(), found);
                }
            }
            Ok(known)
        })
    }

    /// Applies a page in one transaction. A page that says nothing costs
    /// nothing.
    pub fn apply(&self, source: &str, page: &PageWrite) -> Result<Applied, StoreError> {
        if page.upserts.is_empty()
            && page.removals.is_empty()
            && page.checkpoint == CheckpointWrite::Keep
        {
            return Ok(Applied::default());
        }
        let texts = page.upserts.iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        let removals: Vec<_> =
            page.removals.iter().map(|id| identity::document_id(source, id)).collect();
        self.database.write(|connection| {
            let source = source_number(connection, source)?;
            let mut changes = Changes::new(connection, source)?;
            for id in removals {
                changes.remove(id)?;
            }
            for (write, text) in page.upserts.iter().zip(texts) {
                changes.upsert(write, text)?;
            }
            let applied = changes.finish()?;
            if applied.added > 0 {
                gather_ids(connection)?;
            }
            set_checkpoint(connection, source, &page.checkpoint)?;
            Ok(applied)
        })
    }
}

/// Takes the recent ids over to the others once they are many.
fn gather_ids(connection: &Connection) -> rusqlite::Result<()> {
    let recent: i64 = connection
        .prepare_cached("SELECT count(*) FROM recent_ids")?
        .query_row([], |row| row.get(0))?;
    if recent > MOST_RECENT {
        connection.execute_batch(
            "INSERT INTO ids SELECT id, document FROM recent_ids ORDER BY id;
             DELETE FROM recent_ids;",
        )?;
    }
    Ok(())
}

/// Stores what becomes of a checkpoint.
pub(crate) fn set_checkpoint(
    connection: &Connection,
    source: i64,
    checkpoint: &CheckpointWrite,
) -> rusqlite::Result<()> {
    let value = match checkpoint {
        CheckpointWrite::Keep => return Ok(()),
        CheckpointWrite::Set(value) => Some(value),
        CheckpointWrite::Clear => None,
    };
    connection
        .prepare_cached("UPDATE sources SET checkpoint = ?2 WHERE number = ?1")?
        .execute(params![source, value])?;
    Ok(())
}

/// Returns the text of a document that keeps the rules.
fn checked(write: &DocumentWrite) -> Result<&str, StoreError> {
    let rejected = |why| StoreError::Rejected { document: write.document.id.clone(), why };
    let Content::Text(text) = &write.document.content else {
        return Err(rejected("its content is not text"));
    };
    let on_boundary = |at: u32| text.is_char_boundary(at as usize);
    let sound = write.chunks.iter().all(|Chunk { span, .. }| {
        span.start <= span.end && on_boundary(span.start) && on_boundary(span.end)
    });
    if sound { Ok(text) } else { Err(rejected("a chunk does not lie in its text")) }
}

/// The statements of one page, prepared once, and what they have done.
struct Changes<'a> {
    connection: &'a Connection,
    source: i64,
    find: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    update: CachedStatement<'a>,
    delete: CachedStatement<'a>,
    insert_chunk: CachedStatement<'a>,
    delete_chunks: CachedStatement<'a>,
    announce: CachedStatement<'a>,
    applied: Applied,
    chunks: i64,
}

impl<'a> Changes<'a> {
    fn new(connection: &'a Connection, source: i64) -> rusqlite::Result<Self> {
        let prepare = |sql| connection.prepare_cached(sql);
        Ok(Self {
            connection,
            source,
            find: prepare(
                "SELECT number, chunk_count FROM documents
                 WHERE number = (SELECT document FROM all_ids WHERE id = ?1)",
            )?,
            insert: prepare(
                "INSERT INTO documents (id, source, chunk_count, content_hash, document_id, version,
                     title, author, uri, media_type, language, created, modified, data_classes,
                     metadata, size, text, number)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18)",
            )?,
            update: prepare(
                "UPDATE documents SET chunk_count = ?3, content_hash = ?4, document_id = ?5,
                     version = ?6, title = ?7, author = ?8, uri = ?9, media_type = ?10,
                     language = ?11, created = ?12, modified = ?13, data_classes = ?14,
                     metadata = ?15, size = ?16, text = ?17
                 WHERE number = ?18 AND id = ?1 AND source = ?2",
            )?,
            delete: prepare("DELETE FROM documents WHERE number = ?1")?,
            insert_chunk: prepare("INSERT INTO chunks VALUES (?1, ?2, ?3, ?4, ?5)")?,
            delete_chunks: prepare("DELETE FROM chunks WHERE document = ?1")?,
            announce: prepare("INSERT INTO outbox (document, fresh) VALUES (?1, ?2)")?,
            applied: Applied::default(),
            chunks: 0,
        })
    }

    fn find(&mut self, id: DocumentId) -> rusqlite::Result<Option<(i64, i64)>> {
        self.find.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    fn remove(&mut self, id: DocumentId) -> rusqlite::Result<()> {
        let Some((number, chunks)) = self.find(id)? else { return Ok(()) };
        self.delete_chunks.execute([number])?;
        self.delete.execute([number])?;
        self.announce.execute(params![number, false])?;
        self.applied.removed += 1;
        self.chunks -= chunks;
        Ok(())
    }

    fn upsert(&mut self, write: &DocumentWrite, text: &str) -> rusqlite::Result<()> {
        let old = self.find(write.id)?;
        let Document { id, version, title, author, uri, media_type, language, .. } =
            &write.document;
        let Document { created, modified, data_classes, metadata, .. } = &write.document;
        let count = signed(write.chunks.len());
        let statement = if old.is_some() { &mut self.update } else { &mut self.insert };
        statement.execute(params![
            write.id.0,
            self.source,
            count,
            write.content_hash,
            id,
            version,
            title,
            author,
            uri,
            media_type,
            language,
            created,
            modified,
            data_classes.as_ref().map(|classes| json_list(classes)),
            metadata,
            signed(text.len()),
            text,
            // A new document gets its number here.
            old.map(|(number, _)| number),
        ])?;
        let number = if let Some((number, chunks)) = old {
            vectors::keep(self.connection, number, title.as_deref(), text, &write.chunks)?;
            self.delete_chunks.execute([number])?;
            self.applied.changed += 1;
            self.chunks -= chunks;
            number
        } else {
            self.applied.added += 1;
            self.connection.last_insert_rowid()
        };
        self.chunks += count;
        for (position, chunk) in write.chunks.iter().enumerate() {
            let breadcrumbs =
                (!chunk.breadcrumbs.is_empty()).then(|| json_list(&chunk.breadcrumbs));
            let Chunk { span, .. } = chunk;
            self.insert_chunk.execute(params![
                number,
                signed(position),
                span.start,
                span.end,
                breadcrumbs
            ])?;
        }
        self.announce.execute(params![number, old.is_none()])?;
        Ok(())
    }

    /// Brings the counts of the source up to date.
    fn finish(self) -> rusqlite::Result<Applied> {
        let Applied { added, removed, .. } = self.applied;
        let documents = signed(added) - signed(removed);
        if documents != 0 || self.chunks != 0 {
            self.connection
                .prepare_cached(
                    "UPDATE sources SET documents = documents + ?2, chunks = chunks + ?3
                     WHERE number = ?1",
                )?
                .execute([self.source, documents, self.chunks])?;
        }
        Ok(self.applied)
    }
}

fn json_list(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}
