//! What earlier runs measured, a line each, so that a change shows its effect.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::figure::Figure;

/// Returns what each figure was when it was last measured.
pub(crate) fn last(path: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut values = BTreeMap::new();
    for line in text.lines() {
        // A line that was cut off says nothing, and the others still do.
        let Ok(run) = serde_json::from_str::<Value>(line) else { continue };
        let Some(figures) = run["figures"].as_object() else { continue };
        values.extend(figures.iter().filter_map(|(id, at)| Some((id.clone(), at.as_f64()?))));
    }
    values
}

/// Adds this run: when, of which commit, and each figure.
pub(crate) fn append(figures: &[Figure], path: &Path) -> Result<()> {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let figures: Map<String, Value> =
        figures.iter().map(|figure| (figure.id.to_owned(), json!(figure.value))).collect();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let line = json!({ "time": time, "commit": commit(), "figures": figures });
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(writeln!(file, "{line}")?)
}

/// Returns the commit that is checked out, if it is a checkout.
fn commit() -> Option<String> {
    let said = Command::new("git").args(["describe", "--always", "--dirty"]).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    Some(said.trim().to_owned()).filter(|said| !said.is_empty())
}
