//! Puts documents into the index: one line for each chunk, or one for the
//! title of a document that has no text.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use ctx_model::Span;
use rusqlite::{Connection, OptionalExtension};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, UserOperation};
use tantivy::schema::OwnedValue;
use tantivy::{IndexWriter, Term};

use super::gate::{Gate, Line};
use super::schema::{Fields, Stamp};
use super::trouble::Trouble;
use crate::StoreError;
use crate::database::unsigned;
use crate::reading::chunks;

/// Bytes that the writer gathers before it writes a segment.
const WRITER_MEMORY: usize = 20 << 20;

/// Operations, and bytes of text, that go to the writer at once: it is woken
/// once for all of them.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 1 << 20;

/// Writes lines. Nothing is seen by searches before the commit.
pub(crate) struct Filler {
    directory: PathBuf,
    database: PathBuf,
    fields: Fields,
    writer: IndexWriter<Line>,
    gate: Arc<Gate>,
    sources: HashMap<i64, String>,
    batch: Vec<UserOperation<Line>>,
    batch_bytes: usize,
}

/// What a line needs to know of its document.
struct Row {
    id: [u8; 16],
    source: i64,
    title: String,
    media_type: String,
    modified: Option<i64>,
    text: String,
}

impl Filler {
    /// Starts writing. The caller holds the index lock.
    pub(crate) fn new(
        directory: PathBuf,
        database: PathBuf,
        index: &tantivy::Index,
        fields: Fields,
    ) -> Result<Self, Trouble> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_MEMORY)
            .build();
        let writer = Trouble::guard(&directory, || index.writer_with_options(options))?;
        let mut policy = LogMergePolicy::default();
        // What was deleted still counts in the scores until it is merged away.
        policy.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(policy));
        Ok(Self {
            directory,
            database,
            fields,
            writer,
            gate: Arc::default(),
            sources: HashMap::new(),
            batch: Vec::with_capacity(BATCH),
            batch_bytes: 0,
        })
    }

    /// Takes a document's lines out.
    pub(crate) fn remove(&mut self, document: i64) -> Result<(), Trouble> {
        let term = Term::from_field_u64(self.fields.document, unsigned(document));
        self.push(UserOperation::Delete(term), 0)
    }

    /// Puts a document's lines in, as it is stored now. One that is gone by
    /// now has none.
    pub(crate) fn add(&mut self, connection: &Connection, document: i64) -> Result<(), Trouble> {
        let sql = |error: rusqlite::Error| StoreError::sql(&self.database, &error);
        let Some(row) = find(connection, document).map_err(sql)? else { return Ok(()) };
        let chunks = chunks(connection, document).map_err(sql)?;
        if let Entry::Vacant(place) = self.sources.entry(row.source) {
            place.insert(source_name(connection, row.source).map_err(sql)?);
        }
        if chunks.is_empty() {
            return self.line(&row, document, 0, &[], "");
        }
        for (position, chunk) in chunks.iter().enumerate() {
            let Span { start, end } = chunk.span;
            let text = row.text.get(start as usize..end as usize).unwrap_or_default();
            self.line(&row, document, position as u64, &chunk.breadcrumbs, text)?;
        }
        Ok(())
    }

    /// Commits with the stamp, and waits until the segments are in order.
    pub(crate) fn commit(mut self, stamp: &Stamp) -> Result<(), Trouble> {
        self.send()?;
        let Self { directory, writer, .. } = &mut self;
        Trouble::guard(directory, || {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&stamp.text());
            commit.commit()
        })?;
        // Merges only tidy up: the commit stands if one fails.
        let _merged = self.writer.wait_merging_threads();
        Ok(())
    }

    fn line(
        &mut self,
        row: &Row,
        document: i64,
        chunk: u64,
        headings: &[String],
        text: &str,
    ) -> Result<(), Trouble> {
        let fields = &self.fields;
        let mut order = [0; 8];
        order.copy_from_slice(&row.id[..8]);
        let source = self.sources.get(&row.source).cloned().unwrap_or_default();
        let mut values = Vec::with_capacity(8 + headings.len());
        values.extend([
            (fields.title, OwnedValue::Str(row.title.clone())),
            (fields.body, OwnedValue::Str(text.to_owned())),
            (fields.source, OwnedValue::Str(source)),
            (fields.media_type, OwnedValue::Str(row.media_type.clone())),
            (fields.document, OwnedValue::U64(unsigned(document))),
            (fields.order, OwnedValue::U64(u64::from_be_bytes(order))),
            (fields.chunk, OwnedValue::U64(chunk)),
        ]);
        values.extend(headings.iter().map(|text| (fields.title, OwnedValue::Str(text.clone()))));
        values.extend(row.modified.map(|at| (fields.modified, OwnedValue::I64(at))));
        let bytes = text.len() + row.title.len() + 256;
        // What waits here holds places that a large line may need.
        if self.batch_bytes + bytes > BATCH_BYTES {
            self.send()?;
        }
        let line = self.gate.enter(values, bytes);
        self.push(UserOperation::Add(line), bytes)
    }

    fn push(&mut self, operation: UserOperation<Line>, bytes: usize) -> Result<(), Trouble> {
        self.batch.push(operation);
        self.batch_bytes += bytes;
        if self.batch.len() < BATCH { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), Trouble> {
        self.batch_bytes = 0;
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        if !batch.is_empty() {
            Trouble::guard(&self.directory, || self.writer.run(batch))?;
        }
        Ok(())
    }
}

fn find(connection: &Connection, document: i64) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached(
            "SELECT id, source, coalesce(title, document_id), media_type, modified, text
             FROM documents WHERE number = ?1",
        )?
        .query_row([document], |row| {
            Ok(Row {
                id: row.get(0)?,
                source: row.get(1)?,
                title: row.get(2)?,
                media_type: row.get(3)?,
                modified: row.get(4)?,
                text: row.get(5)?,
            })
        })
        .optional()
}

fn source_name(connection: &Connection, source: i64) -> rusqlite::Result<String> {
    connection
        .prepare_cached("SELECT name FROM sources WHERE number = ?1")?
        .query_row([source], |row| row.get(0))
}
