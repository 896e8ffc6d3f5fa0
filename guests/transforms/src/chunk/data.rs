//! Units of tables and of lists of records: no row and no record is cut as
//! long as it fits.

use super::pack::{Unit, crumb};
use crate::text;

/// Rows of a table, quoted fields whole, below the names of its columns.
pub(crate) fn by_rows(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut crumbs = Vec::new();
    let mut start = 0;
    let mut is_quoted = false;
    for (at, line) in text::lines(text) {
        if line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            is_quoted = !is_quoted;
        }
        if is_quoted {
            continue;
        }
        let end = at + line.len();
        units.push(Unit { start, end, begins: false, crumbs: crumbs.clone() });
        if units.len() == 1 {
            crumbs = vec![crumb(text[start..end].trim())];
        }
        start = end;
    }
    if start < text.len() {
        units.push(Unit { start, end: text.len(), begins: false, crumbs });
    }
    units
}

/// Records that have a line each.
pub(crate) fn by_records(text: &str) -> Vec<Unit> {
    let unit =
        |(start, line): (usize, &str)| Unit { start, end: start + line.len(), ..Unit::default() };
    text::lines(text).map(unit).collect()
}
