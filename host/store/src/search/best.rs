//! Keeps the best chunk of each of the best documents.
//!
//! The order is total: score, then the newest, then the start of the
//! document's id, then the number of the row. So equal scores come in the same order however the index
//! is cut into segments, and pages of an answer neither overlap nor gape.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::query::Weight;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::database::signed;
use crate::index::schema::{CHUNK, DOCUMENT, MODIFIED, ORDER};

/// Collects this many documents.
#[derive(Debug)]
pub(crate) struct Best {
    pub(crate) limit: usize,
    /// Whether to skip what cannot be among the best. Pays for few words; with
    /// many, deciding what to skip takes longer than scoring it.
    pub(crate) skip: bool,
}

/// A document that matches, and which of its chunks does so best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) score: Score,
    /// Seconds since the epoch; 0 if nobody knows.
    pub(crate) modified: i64,
    pub(crate) order: u64,
    pub(crate) document: i64,
    pub(crate) chunk: i64,
}

/// The best so far. What cannot be among them is turned away early.
#[derive(Debug)]
pub(crate) struct Top {
    limit: usize,
    found: Vec<Found>,
    /// The last of the best, once there are as many as wanted.
    bar: Option<Found>,
}

/// One segment's share of the work.
pub(crate) struct InSegment {
    top: Top,
    modified: Arc<dyn ColumnValues<i64>>,
    order: Arc<dyn ColumnValues<u64>>,
    document: Arc<dyn ColumnValues<u64>>,
    chunk: Arc<dyn ColumnValues<u64>>,
}

impl Collector for Best {
    type Fruit = Vec<Found>;
    type Child = InSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<InSegment> {
        let column = |name| segment.fast_fields().column_first_or_default(name);
        Ok(InSegment {
            top: Top::new(self.limit),
            modified: segment.fast_fields().column_first_or_default(MODIFIED)?,
            order: column(ORDER)?,
            document: column(DOCUMENT)?,
            chunk: column(CHUNK)?,
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Vec<Found>>) -> tantivy::Result<Vec<Found>> {
        let mut top = Top::new(self.limit);
        top.found = segments.into_iter().flatten().collect();
        Ok(top.into_sorted())
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        ordinal: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<Vec<Found>> {
        let mut inside = self.for_segment(ordinal, segment)?;
        let alive = segment.alive_bitset();
        let mut collect = |doc, score| {
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                inside.collect(doc, score);
            }
            inside.top.threshold()
        };
        if self.skip {
            weight.for_each_pruning(Score::MIN, segment, &mut collect)?;
        } else {
            weight.for_each(segment, &mut |doc, score| {
                collect(doc, score);
            })?;
        }
        Ok(inside.harvest())
    }
}

impl SegmentCollector for InSegment {
    type Fruit = Vec<Found>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let score = rounded(score);
        if self.top.is_below(score) {
            return;
        }
        let modified = self.modified.get_val(doc);
        let order = self.order.get_val(doc);
        if self.top.turns_away(score, modified, order) {
            return;
        }
        let document = signed(self.document.get_val(doc));
        let chunk = signed(self.chunk.get_val(doc));
        self.top.push(Found { score, modified, order, document, chunk });
    }

    fn harvest(self) -> Vec<Found> {
        self.top.into_sorted()
    }
}

impl Top {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, found: Vec::with_capacity(2 * limit + 64), bar: None }
    }

    /// Whether a score is too low, whatever else is true.
    pub(crate) fn is_below(&self, score: Score) -> bool {
        self.bar.is_some_and(|bar| score.total_cmp(&bar.score).is_lt())
    }

    fn turns_away(&self, score: Score, modified: i64, order: u64) -> bool {
        self.bar.is_some_and(|bar| {
            let rank = bar.score.total_cmp(&score).then(bar.modified.cmp(&modified));
            rank.then(order.cmp(&bar.order)) == Ordering::Greater
        })
    }

    /// The score that a chunk must exceed. Equal scores still count: their
    /// order decides.
    fn threshold(&self) -> Score {
        self.bar.map_or(Score::MIN, |bar| bar.score.next_down())
    }

    pub(crate) fn push(&mut self, found: Found) {
        self.found.push(found);
        if self.found.len() >= 2 * self.limit + 64 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.found.sort_unstable_by(by_rank);
        let mut documents = HashSet::with_capacity(self.found.len());
        self.found.retain(|found| documents.insert(found.document));
        self.found.truncate(self.limit);
        self.bar = self.found.get(self.limit.wrapping_sub(1)).copied();
    }

    pub(crate) fn into_sorted(mut self) -> Vec<Found> {
        self.shrink();
        self.found
    }
}

pub(crate) fn by_rank(a: &Found, b: &Found) -> Ordering {
    b.score
        .total_cmp(&a.score)
        .then(b.modified.cmp(&a.modified))
        .then(a.order.cmp(&b.order))
        .then(a.document.cmp(&b.document))
        .then(a.chunk.cmp(&b.chunk))
}

/// Drops the last bits of a score: sums of the same parts differ in them by
/// the order of the summands, which depends on the segment.
pub(crate) fn rounded(score: Score) -> Score {
    Score::from_bits(score.to_bits() & !0x3f)
}

#[cfg(test)]
mod tests;
