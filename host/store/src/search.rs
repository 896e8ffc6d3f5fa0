//! Searches: a query becomes a plan, the plan finds the best chunk of each
//! document, what the query means finds others, and the database tells the
//! rest.

pub(crate) mod best;
mod cursor;
mod fused;
mod plan;
mod snippet;
mod text;

use std::collections::HashSet;

use ctx_model::{DocumentId, Explanation, Hit, Hits, Mode, Notice, Query, Span};
use rusqlite::{Connection, MAIN_DB, OptionalExtension, params};

use self::best::{Best, Found};
use self::text::Wanted;
use crate::database::signed;
use crate::index::{Opened, Trouble};
use crate::vectors::nearest::nearest;
use crate::vectors::{missing, normalised};
use crate::{Meaning, SearchError, Store, StoreError};

/// Hits of one answer.
const MOST_HITS: usize = 1000;
/// How far a cursor leads. Who wants more wants another query.
const DEEPEST: usize = 10_000;
/// Up to this many words, skipping pays.
const FEW_WORDS: usize = 4;
/// Texts longer than this are read in part, and only this much of a chunk is
/// looked at for a snippet.
const MOST_TEXT: usize = 64 << 10;

/// How the lists of words and of meaning become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fusion {
    /// How much meaning weighs against words, from 0 to 1.
    pub alpha: f32,
    /// Documents that are looked at for their words.
    pub keyword: usize,
    /// Documents that are looked at for their meaning.
    pub semantic: usize,
}

impl Default for Fusion {
    fn default() -> Self {
        Self { alpha: 0.6, keyword: 80, semantic: 80 }
    }
}

impl Store {
    /// Finds the documents whose words match best.
    ///
    /// Every text is a query: what cannot be understood is taken as words, and
    /// the answer says so. A query without any word has no hits.
    /// What has to match together has to do so in one chunk, or in the title.
    /// Changes that this store has applied are seen.
    pub fn search(&self, query: &Query) -> Result<Hits, SearchError> {
        self.search_with(query, None, Fusion::default())
    }

    /// Finds documents in the mode that is asked for, if it is told what the
    /// query means. Else by their words, and `Hits::mode` says so.
    pub fn search_with(
        &self,
        query: &Query,
        meaning: Option<&Meaning>,
        fusion: Fusion,
    ) -> Result<Hits, SearchError> {
        let cursor = cursor::Cursor::of(query)?;
        let wanted = text::parse(&query.text);
        let limit = (query.limit as usize).min(MOST_HITS);
        let mode = if meaning.is_some() { query.mode } else { Mode::Keyword };
        let mut answer = Hits { mode, ..Hits::default() };
        if limit == 0 || cursor.offset >= DEEPEST {
            return Ok(answer);
        }
        let depth = (cursor.offset + limit).min(DEEPEST);
        // One more than is shown tells whether there is a next page.
        let within = |candidates: usize| {
            if mode == Mode::Hybrid { candidates.max(depth + 1) } else { depth + 1 }
        };
        let by_words = if mode == Mode::Semantic || !wanted.has_hits() {
            Vec::new()
        } else {
            answer.notices.extend(wanted.is_plain.then_some(Notice::PlainWords));
            self.best(query, &wanted, within(fusion.keyword))?
        };
        let by_meaning = match meaning {
            Some(meaning) if mode != Mode::Keyword => {
                self.alike(query, meaning, within(fusion.semantic), &mut answer.notices)?
            }
            _ => Vec::new(),
        };
        let mut explained = Explanation {
            alpha: if mode == Mode::Hybrid { fusion.alpha } else { 0.0 },
            keyword_candidates: by_words.len() as u64,
            semantic_candidates: by_meaning.len() as u64,
            scores: Vec::new(),
        };
        let mut best = fused::fuse(by_words, by_meaning, mode, fusion.alpha);
        let is_more = best.len() > depth && depth < DEEPEST;
        best.truncate(depth);
        let words = wanted.words();
        self.database.read(|connection| {
            for placed in best.iter().skip(cursor.offset) {
                if let Some(hit) = hit(connection, &placed.found, &words)? {
                    answer.hits.push(hit);
                    explained.scores.push(placed.scores);
                }
            }
            Ok(())
        })?;
        answer.cursor = is_more.then(|| cursor.at(depth).text());
        answer.explained = query.explain.then_some(explained);
        Ok(answer)
    }

    /// Compares what the query means with every vector of the same model.
    fn alike(
        &self,
        query: &Query,
        meaning: &Meaning,
        limit: usize,
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<Found>, StoreError> {
        let Some(vector) = normalised(&meaning.vector) else { return Ok(Vec::new()) };
        let loaded = self.vectors.current(&self.database, &meaning.model, vector.len())?;
        self.database.read(|connection| {
            let missing = match &loaded {
                Some(loaded) => loaded.missing(connection)?,
                None => missing(connection, 0)?,
            };
            if missing > 0 {
                notices.push(Notice::Unembedded { chunks: missing });
            }
            match &loaded {
                Some(loaded) => nearest(connection, loaded, query, &vector, limit),
                None => Ok(Vec::new()),
            }
        })
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
