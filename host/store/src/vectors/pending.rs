//! Chunks that have no vector yet, and the text that is embedded for each.

use rusqlite::{Connection, params};

use super::model_of;
use crate::database::{signed, unsigned};
use crate::reading::list;
use crate::{Store, StoreError, identity};

/// A chunk that is to be embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChunk {
    pub(crate) document: i64,
    pub(crate) position: i64,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) hash: [u8; 16],
    /// The chunk, below its title and headings.
    pub text: String,
}

const WHERE: &str = "FROM chunks c JOIN documents d ON d.number = c.document
     LEFT JOIN vectors v ON v.document = c.document AND v.position = c.position AND v.model = ?1
     WHERE v.number IS NULL
         AND (?2 IS NULL OR d.source = (SELECT number FROM sources WHERE name = ?2))";

impl Store {
    /// Returns chunks that have no vector of this embedder's model, in order,
    /// from after one of them.
    pub fn pending_chunks(
        &self,
        embedder: &str,
        source: Option<&str>,
        after: Option<&PendingChunk>,
        limit: usize,
    ) -> Result<Vec<PendingChunk>, StoreError> {
        let (document, position) = after.map_or((-1, -1), |last| (last.document, last.position));
        let sql = format!(
            "SELECT c.document, c.position, d.content_hash, d.title, c.breadcrumbs, c.start,
                 c.\"end\", d.text {WHERE} AND (c.document, c.position) > (?3, ?4)
             ORDER BY c.document, c.position LIMIT ?5"
        );
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let asked =
                params![model(connection, embedder)?, source, document, position, signed(limit)];
            statement
                .query_map(asked, |row| {
                    let headings = list(row, 4)?.unwrap_or_default();
                    let title = row.get_ref(3)?.as_str_or_null()?;
                    let (start, end): (u32, u32) = (row.get(5)?, row.get(6)?);
                    let span = start as usize..end as usize;
                    let text = row.get_ref(7)?.as_str()?;
                    let text = meant(title, &headings, text.get(span).unwrap_or_default());
                    Ok(PendingChunk {
                        document: row.get(0)?,
                        position: row.get(1)?,
                        content_hash: row.get(2)?,
                        hash: identity::hash(&text),
                        text,
                    })
                })?
                .collect()
        })
    }

    /// Counts the chunks that have no vector of this embedder's model.
    pub fn count_pending(&self, embedder: &str, source: Option<&str>) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) {WHERE}");
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let asked = params![model(connection, embedder)?, source];
            statement.query_row(asked, |row| row.get(0)).map(unsigned)
        })
    }
}

/// No model has a negative number: to an embedder that has never answered,
/// everything is new.
fn model(connection: &Connection, embedder: &str) -> rusqlite::Result<i64> {
    Ok(model_of(connection, embedder)?.map_or(-1, |(number, _)| number))
}

/// Returns the text that is embedded for a chunk: a piece on its own often
/// does not say what it is about.
pub(crate) fn meant(title: Option<&str>, headings: &[String], text: &str) -> String {
    let above: Vec<&str> = title.into_iter().chain(headings.iter().map(String::as_str)).collect();
    if above.is_empty() { text.to_owned() } else { format!("{}\n\n{text}", above.join(" > ")) }
}
