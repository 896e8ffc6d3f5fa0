//! Compares a query with every vector that its filters let through: exact
//! cosine, which for vectors of length 1 is one product.

use std::collections::HashSet;

use ctx_model::Query;
use rusqlite::{Connection, OptionalExtension};

use super::loaded::{Loaded, Row};
use crate::search::best::{Found, Top, rounded};

/// Sums that are kept apart, so that one instruction adds them all.
const LANES: usize = 16;

/// What a document must be to count.
struct Filter<'a> {
    query: &'a Query,
    sources: HashSet<i64>,
    media_types: HashSet<u32>,
}

/// Returns the best chunk of each of the documents that mean the most alike.
pub(crate) fn nearest(
    connection: &Connection,
    loaded: &Loaded,
    query: &Query,
    vector: &[f32],
    limit: usize,
) -> rusqlite::Result<Vec<Found>> {
    let filter = Filter::of(connection, loaded, query)?;
    let mut top = Top::new(limit);
    for (row, numbers) in loaded.rows.iter().zip(loaded.numbers.chunks_exact(loaded.dims)) {
        if !filter.lets_through(row) {
            continue;
        }
        let score = rounded(product(vector, numbers));
        if !top.is_below(score) {
            top.push(Found {
                score,
                modified: row.modified.unwrap_or(0),
                order: row.order,
                document: row.document,
                chunk: row.chunk,
            });
        }
    }
    Ok(top.into_sorted())
}

impl<'a> Filter<'a> {
    fn of(connection: &Connection, loaded: &Loaded, query: &'a Query) -> rusqlite::Result<Self> {
        let mut find = connection.prepare_cached("SELECT number FROM sources WHERE name = ?1")?;
        let mut sources = HashSet::new();
        for name in &query.sources {
            sources.extend(find.query_row([name], |row| row.get::<_, i64>(0)).optional()?);
        }
        let media_types = (0..)
            .zip(&loaded.media_types)
            .filter(|(_, name)| query.media_types.contains(name))
            .map(|(number, _)| number)
            .collect();
        Ok(Self { query, sources, media_types })
    }

    fn lets_through(&self, row: &Row) -> bool {
        let Query { sources, media_types, since, until, .. } = self.query;
        // A document without a date lies in no range of dates.
        let within = |wanted: Option<i64>, is: fn(i64, i64) -> bool| {
            wanted.is_none_or(|wanted| row.modified.is_some_and(|at| is(at, wanted)))
        };
        (sources.is_empty() || self.sources.contains(&row.source))
            && (media_types.is_empty() || self.media_types.contains(&row.media_type))
            && within(*since, |at, since| at >= since)
            && within(*until, |at, until| at < until)
    }
}

/// Multiplies two vectors of one length.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::product;

    #[test]
    fn a_product_is_the_sum_of_all_products() {
        for length in [1, 15, 16, 17, 384] {
            let a: Vec<f32> = (0..length).map(|n: u16| f32::from(n % 7)).collect();
            let b: Vec<f32> = (0..length).map(|n: u16| f32::from(n % 5)).collect();
            let plain: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            // Small whole numbers add up to the same in any order.
            assert_eq!(product(&a, &b).to_bits(), plain.to_bits(), "{length}");
        }
    }
}
