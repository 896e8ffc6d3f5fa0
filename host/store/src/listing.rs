//! What is stored, page by page, without the texts.

use ctx_model::{DocumentId, Timestamp};

use crate::database::{signed, unsigned};
use crate::{Store, StoreError};

/// A stored document without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub source: String,
    /// The source's own id of it.
    pub source_id: String,
    pub title: Option<String>,
    pub uri: Option<String>,
    pub media_type: String,
    pub modified: Option<Timestamp>,
    /// Bytes of its text.
    pub size: u64,
}

impl Store {
    /// Lists documents in the order of their ids, from after one of them.
    pub fn list_documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        // An empty blob sorts before every id.
        let after = after.map_or_else(Vec::new, |id| id.0.to_vec());
        self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT page.id, s.name, d.document_id, d.title, d.uri, d.media_type,
                         d.modified, d.size
                     FROM (SELECT id, document FROM all_ids WHERE id > ?1 ORDER BY id LIMIT ?2) page
                     JOIN documents d ON d.number = page.document
                     JOIN sources s ON s.number = d.source
                     ORDER BY page.id",
                )?
                .query_map((after, signed(limit)), |row| {
                    Ok(DocumentRow {
                        id: DocumentId(row.get(0)?),
                        source: row.get(1)?,
                        source_id: row.get(2)?,
                        title: row.get(3)?,
                        uri: row.get(4)?,
                        media_type: row.get(5)?,
                        modified: row.get(6)?,
                        size: unsigned(row.get(7)?),
                    })
                })?
                .collect()
        })
    }
}
