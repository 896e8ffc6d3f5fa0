//! The vectors of one model in memory, so that a search reads none: brought
//! up to date when the database tells that it has others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::find_model;
use crate::StoreError;
use crate::database::{Database, unsigned};

/// What is in memory, shared by all searches.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    loaded: Mutex<Option<Arc<Loaded>>>,
}

/// The vectors of one model, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    model: i64,
    pub(crate) dims: usize,
    version: Version,
    pub(crate) rows: Vec<Row>,
    /// As many numbers for each row as the model has dimensions.
    pub(crate) numbers: Vec<f32>,
    pub(crate) media_types: Vec<String>,
    known_types: HashMap<String, u32>,
}

/// Whose vector it is, and what filters ask of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) document: i64,
    pub(crate) chunk: i64,
    pub(crate) source: i64,
    pub(crate) modified: Option<i64>,
    pub(crate) media_type: u32,
    pub(crate) order: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Version {
    /// The number of the last vector that was read.
    last: i64,
    removed: i64,
}

impl Vectors {
    /// Returns the vectors of a model as they are now.
    pub(crate) fn current(
        &self,
        database: &Database,
        model: &str,
        dims: usize,
    ) -> Result<Option<Arc<Loaded>>, StoreError> {
        // Held while vectors are read, so that they are read once.
        let mut held = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        database.read(|connection| {
            let Some(model) = find_model(connection, model, dims)? else { return Ok(None) };
            let version = version(connection)?;
            let mut loaded = match held.take() {
                Some(loaded) if loaded.model == model && loaded.version == version => {
                    *held = Some(loaded.clone());
                    return Ok(Some(loaded));
                }
                Some(loaded)
                    if loaded.model == model && loaded.version.removed == version.removed =>
                {
                    loaded
                }
                _ => Arc::new(Loaded {
                    model,
                    dims,
                    version: Version::default(),
                    rows: Vec::new(),
                    numbers: Vec::new(),
                    media_types: Vec::new(),
                    known_types: HashMap::new(),
                }),
            };
            Arc::make_mut(&mut loaded).read_on(connection, version)?;
            *held = Some(loaded.clone());
            Ok(Some(loaded))
        })
    }
}

impl Loaded {
    fn read_on(&mut self, connection: &Connection, version: Version) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT v.document, v.position, v.vector, d.source, d.modified, d.media_type, d.id
             FROM vectors v JOIN documents d ON d.number = v.document
             WHERE v.number > ?1 AND v.model = ?2 ORDER BY v.number",
        )?;
        let mut rows = statement.query(params![self.version.last, self.model])?;
        while let Some(row) = rows.next()? {
            let vector = row.get_ref(2)?.as_blob()?;
            // What is not of this length is damaged.
            let (numbers, []) = vector.as_chunks::<4>() else { continue };
            if numbers.len() != self.dims {
                continue;
            }
            self.numbers.extend(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            let media_type = row.get_ref(5)?.as_str()?;
            let media_type = self.media_type(media_type);
            let id = row.get_ref(6)?.as_blob()?;
            self.rows.push(Row {
                document: row.get(0)?,
                chunk: row.get(1)?,
                source: row.get(3)?,
                modified: row.get(4)?,
                media_type,
                order: id.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)),
            });
        }
        self.version = version;
        Ok(())
    }

    fn media_type(&mut self, name: &str) -> u32 {
        if let Some(known) = self.known_types.get(name) {
            return *known;
        }
        let number = u32::try_from(self.media_types.len()).unwrap_or(u32::MAX);
        self.media_types.push(name.to_owned());
        self.known_types.insert(name.to_owned(), number);
        number
    }

    /// Returns how many chunks have no vector here.
    pub(crate) fn missing(&self, connection: &Connection) -> rusqlite::Result<u64> {
        missing(connection, self.rows.len() as u64)
    }
}

/// Returns how many more chunks there are than vectors.
pub(crate) fn missing(connection: &Connection, vectors: u64) -> rusqlite::Result<u64> {
    let chunks: i64 = connection
        .prepare_cached("SELECT coalesce(sum(chunks), 0) FROM sources")?
        .query_row([], |row| row.get(0))?;
    Ok(unsigned(chunks).saturating_sub(vectors))
}

fn version(connection: &Connection) -> rusqlite::Result<Version> {
    connection
        .prepare_cached(
            "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'vectors'),
                 (SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'vectors_removed')",
        )?
        .query_row([], |row| {
            Ok(Version {
                last: row.get::<_, Option<i64>>(0)?.unwrap_or(0),
                removed: row.get::<_, Option<i64>>(1)?.unwrap_or(0),
            })
        })
}
