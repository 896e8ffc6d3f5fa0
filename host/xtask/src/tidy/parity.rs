//! `docs/reference/parity.md` and `docs/reference/hooks.md`: each row of what
//! was asked is held by tests that are there, or says that it is an exception.

use std::collections::BTreeSet;

use super::{Broken, find};
use crate::tree::File;

/// The rows that must be there: a letter or none, and the last number.
type Rows = &'static [(&'static str, u32)];

/// The tables, and the rows of each.
const TABLES: [(&str, Rows); 2] = [
    ("docs/reference/parity.md", &[("S", 16), ("C", 17), ("P", 8), ("D", 23), ("K", 8)]),
    ("docs/reference/hooks.md", &[("M", 8), ("H", 10), ("T", 13), ("G", 10)]),
];

/// The word for a row that differs on purpose.
const EXCEPTION: &str = "exception";

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let tests = tests(files);
    TABLES.iter().flat_map(|(table, rows)| held(files, table, rows, &tests)).collect()
}

fn held(files: &[File], path: &str, rows: Rows, tests: &BTreeSet<&str>) -> Vec<Broken> {
    let Some(table) = find(files, path) else {
        return vec![Broken::file(path, "it is missing")];
    };
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, line) in table.text().lines().enumerate() {
        let Some((id, held)) = row(line, rows) else { continue };
        seen.insert(id);
        let mut named = held.split('`').skip(1).step_by(2).peekable();
        if named.peek().is_none() && !held.to_lowercase().contains(EXCEPTION) {
            broken.push(Broken::line(
                path,
                at + 1,
                format!("{id} names no test, and no exception"),
            ));
        }
        for name in named.filter(|name| is_test(name) && !tests.contains(name)) {
            broken.push(Broken::line(path, at + 1, format!("there is no test `{name}`")));
        }
    }
    for (letter, last) in rows {
        for number in 1..=*last {
            if !seen.contains(format!("{letter}{number}").as_str()) {
                broken.push(Broken::file(path, format!("there is no row {letter}{number}")));
            }
        }
    }
    broken
}

/// Reads a row of a table: its id, and its last column.
fn row(line: &str, rows: Rows) -> Option<(&str, &str)> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let (id, _) = inner.split_once('|')?;
    let (_, held) = inner.rsplit_once('|')?;
    let id = id.trim();
    let (letter, number) = id.split_at_checked(1)?;
    let is_id = rows.iter().any(|(known, _)| *known == letter)
        && number.starts_with(|c: char| c.is_ascii_digit());
    is_id.then_some((id, held))
}

/// Whether it is the name of a test, rather than a command or a key.
fn is_test(name: &str) -> bool {
    name.matches('_').count() >= 2
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Names every function that follows a `#[test]`, in whichever form.
fn tests(files: &[File]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let mut is_next = false;
        for line in file.text().lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_next = true;
            } else if is_next && let Some((_, rest)) = line.split_once("fn ") {
                names.extend(rest.split('(').next());
                is_next = false;
            }
        }
    }
    names
}
