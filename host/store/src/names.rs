//! What tools are called on the wire. A name is given once and kept for ever,
//! also while its tool is gone: else a removal and a return in another order
//! would hand one tool's name to another.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension};

use crate::identity::short_hash;
use crate::{Store, StoreError};

/// Characters of a name, as many model APIs allow them.
const LONGEST: usize = 64;

impl Store {
    /// Returns the wire name of each tool, and gives one to each that has none,
    /// in the order given: the first takes its bare name, a later one of the
    /// same name is `extension__tool`.
    pub fn wire_names(
        &self,
        wanted: &[(&str, &str)],
    ) -> Result<HashMap<(String, String), String>, StoreError> {
        let found = self.database.read(|connection| known(connection, wanted))?;
        if wanted.iter().all(|(extension, tool)| found.contains_key(&key(extension, tool))) {
            return Ok(found);
        }
        self.database.write(|connection| {
            // Another process may have been here since.
            let mut names = known(connection, wanted)?;
            for (extension, tool) in wanted {
                if let Entry::Vacant(place) = names.entry(key(extension, tool)) {
                    place.insert(give(connection, extension, tool)?);
                }
            }
            Ok(names)
        })
    }
}

fn key(extension: &str, tool: &str) -> (String, String) {
    (extension.to_owned(), tool.to_owned())
}

fn known(
    connection: &Connection,
    wanted: &[(&str, &str)],
) -> rusqlite::Result<HashMap<(String, String), String>> {
    let mut find = connection
        .prepare_cached("SELECT wire FROM wire_names WHERE extension = ?1 AND tool = ?2")?;
    let mut names = HashMap::with_capacity(wanted.len());
    for (extension, tool) in wanted {
        if let Some(wire) = find.query_row([extension, tool], |row| row.get(0)).optional()? {
            names.insert(key(extension, tool), wire);
        }
    }
    Ok(names)
}

/// Gives the first name that is free.
fn give(connection: &Connection, extension: &str, tool: &str) -> rusqlite::Result<String> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO wire_names VALUES (?1, ?2, ?3) ON CONFLICT (wire) DO NOTHING",
    )?;
    let mut attempt = 0_u32;
    loop {
        let wire = candidate(extension, tool, attempt);
        if insert.execute([extension, tool, &wire])? == 1 {
            return Ok(wire);
        }
        attempt += 1;
    }
}

fn candidate(extension: &str, tool: &str, attempt: u32) -> String {
    let long = format!("{extension}__{tool}");
    match attempt {
        0 => fitted(tool, tool),
        1 => fitted(&long, &long),
        _ => hashed(&long, &format!("{extension}/{tool}/{attempt}")),
    }
}

/// Makes a name of plain characters that is not too long. What is changed gets
/// the hash of what it was.
fn fitted(name: &str, whole: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.len() <= LONGEST && name.chars().all(plain) {
        name.to_owned()
    } else {
        hashed(name, whole)
    }
}

fn hashed(name: &str, whole: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let start: String = name.chars().map(plain).take(LONGEST - 9).collect();
    format!("{start}_{}", short_hash(whole))
}
