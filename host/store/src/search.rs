//! Searches: a query becomes a plan, the plan finds the best chunk of each
//! document, and the database tells the rest.

mod best;
mod cursor;
mod plan;
mod snippet;
mod text;

use std::collections::HashSet;

use ctx_model::{DocumentId, Hit, Hits, Mode, Query, Span};
use rusqlite::{Connection, MAIN_DB, OptionalExtension, params};

use self::best::{Best, Found};
use self::text::Wanted;
use crate::database::signed;
use crate::index::{Opened, Trouble};
use crate::{SearchError, Store, StoreError};

/// Hits of one answer.
const MOST_HITS: usize = 1000;
/// How far a cursor leads. Who wants more wants another query.
const DEEPEST: usize = 10_000;
/// Up to this many words, skipping pays.
const FEW_WORDS: usize = 4;
/// Texts longer than this are read in part, and only this much of a chunk is
/// looked at for a snippet.
const MOST_TEXT: usize = 64 << 10;

impl Store {
    /// Finds the documents that match best.
    ///
    /// Every text is a query: what cannot be understood is taken as words. A
    /// query without any word, or with words to leave out only, has no hits.
    /// What has to match together has to do so in one chunk, or in the title.
    /// Changes that this store has applied are seen. There is no embedder, so
    /// each mode is answered by keywords, and `Hits::mode` says so.
    pub fn search(&self, query: &Query) -> Result<Hits, SearchError> {
        let cursor = cursor::Cursor::of(query)?;
        let wanted = text::parse(&query.text);
        let limit = (query.limit as usize).min(MOST_HITS);
        if limit == 0 || !wanted.has_hits() || cursor.offset >= DEEPEST {
            return Ok(Hits::default());
        }
        let depth = (cursor.offset + limit).min(DEEPEST);
        // One more than is shown tells whether there is a next page.
        let mut found = self.best(query, &wanted, depth + 1)?;
        let more = found.len() > depth && depth < DEEPEST;
        found.truncate(depth);
        let words = wanted.words();
        let hits = self.database.read(|connection| {
            let shown = found.iter().skip(cursor.offset);
            shown.filter_map(|found| hit(connection, found, &words).transpose()).collect()
        })?;
        let cursor = more.then(|| cursor.at(depth).text());
        Ok(Hits { hits, mode: Mode::Keyword, cursor })
    }

    /// Searches the newest commit, and a mended index if it was damaged.
    fn best(&self, query: &Query, wanted: &Wanted, limit: usize) -> Result<Vec<Found>, StoreError> {
        let search = |opened: &Opened| {
            Trouble::guard(self.index.directory(), || {
                let plan = plan::plan(query, wanted, &opened.fields);
                opened.searcher.search(&plan, &Best { limit, skip: wanted.may.len() <= FEW_WORDS })
            })
        };
        let opened = self.index.current(&self.database)?;
        search(&opened).or_else(|trouble| {
            drop(opened);
            self.index.repair(&self.database, trouble)?;
            search(&*self.index.current(&self.database)?)
                .map_err(|trouble| self.index.give_up(trouble))
        })
    }
}

/// Reads what a hit shows. There is none if the document is gone by now.
fn hit(
    connection: &Connection,
    found: &Found,
    words: &HashSet<&str>,
) -> rusqlite::Result<Option<Hit>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id, s.name, d.document_id, d.title, d.uri, d.media_type, d.modified, d.size,
             c.start, c.\"end\", CASE WHEN d.size <= ?3 THEN d.text END
         FROM documents d JOIN sources s ON s.number = d.source
         LEFT JOIN chunks c ON c.document = d.number AND c.position = ?2
         WHERE d.number = ?1",
    )?;
    statement
        .query_row(params![found.document, found.chunk, signed(MOST_TEXT)], |row| {
            let document_id: String = row.get(2)?;
            let title = row.get::<_, Option<String>>(3)?;
            let size: u32 = row.get(7)?;
            // The document may have changed since it was indexed.
            let start = row.get::<_, Option<u32>>(8)?.unwrap_or(0).min(size);
            let end = row.get::<_, Option<u32>>(9)?.unwrap_or(size).min(size);
            let snippet = match row.get_ref(10)?.as_str_or_null()? {
                Some(text) => {
                    let chunk = text.get(start as usize..end as usize).unwrap_or_default();
                    snippet::of(chunk, words)
                }
                None => snippet::of(&part(connection, found.document, start, end)?, words),
            };
            Ok(Hit {
                id: DocumentId(row.get(0)?),
                source: row.get(1)?,
                title: title.unwrap_or_else(|| document_id.clone()),
                document_id,
                uri: row.get(4)?,
                media_type: row.get(5)?,
                modified: row.get(6)?,
                span: Span { start, end },
                snippet,
                score: found.score,
            })
        })
        .optional()
}

/// Reads a part of a long text without reading the rest.
fn part(connection: &Connection, document: i64, start: u32, end: u32) -> rusqlite::Result<String> {
    let blob = connection.blob_open(MAIN_DB, "documents", "text", document, true)?;
    let mut bytes = vec![0; (end.saturating_sub(start) as usize).min(MOST_TEXT)];
    blob.read_at_exact(&mut bytes, start as usize)?;
    // Cut within a character, the last one is left out.
    let whole = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    bytes.truncate(whole);
    Ok(String::from_utf8(bytes).unwrap_or_default())
}
