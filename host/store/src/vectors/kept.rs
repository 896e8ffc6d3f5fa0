//! What becomes of vectors when their document changes: a chunk with the same
//! text keeps its own, wherever it lies now.

use std::collections::HashMap;

use ctx_model::Chunk;
use rusqlite::{Connection, params};

use super::pending::meant;
use crate::identity;

struct Old {
    model: i64,
    vector: Vec<u8>,
}

/// Carries the vectors of a document over to its new chunks. A document
/// without vectors costs one look-up.
pub(crate) fn keep(
    connection: &Connection,
    document: i64,
    title: Option<&str>,
    text: &str,
    chunks: &[Chunk],
) -> rusqlite::Result<()> {
    let mut old: HashMap<Vec<u8>, Old> = HashMap::new();
    {
        let mut statement = connection
            .prepare_cached("SELECT hash, model, vector FROM vectors WHERE document = ?1")?;
        let mut rows = statement.query([document])?;
        while let Some(row) = rows.next()? {
            old.insert(row.get(0)?, Old { model: row.get(1)?, vector: row.get(2)? });
        }
    }
    if old.is_empty() {
        return Ok(());
    }
    connection.prepare_cached("DELETE FROM vectors WHERE document = ?1")?.execute([document])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO vectors (document, position, model, hash, vector) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (position, chunk) in (0_i64..).zip(chunks) {
        let span = chunk.span.start as usize..chunk.span.end as usize;
        let meant = meant(title, &chunk.breadcrumbs, text.get(span).unwrap_or_default());
        let hash = identity::hash(&meant);
        if let Some(Old { model, vector }) = old.get(hash.as_slice()) {
            insert.execute(params![document, position, model, hash, vector])?;
        }
    }
    Ok(())
}
