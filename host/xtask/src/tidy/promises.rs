//! `docs/security.md`: each promise names cases of the conformance suite that
//! are there, and each hostile guest is named by a promise.

use std::collections::BTreeSet;

use super::{Broken, find};
use crate::tree::File;

const PAGE: &str = "docs/security.md";
const CASES: &str = "conformance/cases/host/";

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let Some(page) = find(files, PAGE) else {
        return vec![Broken::file(PAGE, "it is missing")];
    };
    let cases: BTreeSet<&str> = files.iter().filter_map(case).collect();
    let mut broken = Vec::new();
    let mut named = BTreeSet::new();
    for (at, line) in page.text().lines().enumerate() {
        let Some(probes) = row(line) else { continue };
        let ids: Vec<&str> = probes.split('`').skip(1).step_by(2).collect();
        if ids.is_empty() {
            broken.push(Broken::line(PAGE, at + 1, "a promise without a probe"));
        }
        for id in ids {
            if !cases.contains(id) {
                broken.push(Broken::line(PAGE, at + 1, format!("there is no case `{CASES}{id}`")));
            }
            named.insert(id);
        }
    }
    for case in cases.difference(&named) {
        let what = format!("no promise of {PAGE} names it");
        broken.push(Broken::file(&format!("{CASES}{case}.toml"), what));
    }
    broken
}

/// Returns the last column of a row of a table, but for its head.
fn row(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let (_, probes) = inner.rsplit_once('|')?;
    let probes = probes.trim();
    (probes != "probes" && !probes.starts_with("--")).then_some(probes)
}

/// Names a case of a hostile guest; good citizens have no class.
fn case(file: &File) -> Option<&str> {
    let name = file.path.strip_prefix(CASES)?.strip_suffix(".toml")?;
    file.text().lines().any(|line| line.starts_with("class = ")).then_some(name)
}
