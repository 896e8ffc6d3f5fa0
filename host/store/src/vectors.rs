//! What chunks mean: vectors that an embedder made, written with their chunks
//! and gone with them. What is compared with what is in `nearest`.

mod kept;
mod loaded;
pub(crate) mod nearest;
mod pending;

pub(crate) use self::kept::keep;
pub(crate) use self::loaded::{Vectors, missing};
pub use self::pending::PendingChunk;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{signed, unsigned};
use crate::{Store, StoreError};

/// Numbers of one vector, at most.
pub const MOST_DIMS: usize = 16_384;

/// What an embedder turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    pub dims: usize,
}

/// What a query means.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// The name of the model that says so.
    pub model: String,
    pub vector: Vec<f32>,
}

impl Meaning {
    /// Whether anything can be compared with it: a vector of zeros points
    /// nowhere.
    pub fn is_comparable(&self) -> bool {
        normalised(&self.vector).is_some()
    }
}

/// How far the vectors are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VectorStats {
    /// The model in use, if it has ever answered.
    pub model: Option<Model>,
    /// Vectors of that model.
    pub vectors: u64,
    /// Vectors of other models, which no search compares.
    pub outdated: u64,
    pub chunks: u64,
}

impl Store {
    /// Returns the model that an embedder with its settings turned out to be
    /// when it last answered.
    pub fn model_of(&self, embedder: &str) -> Result<Option<Model>, StoreError> {
        self.database.read(|connection| Ok(model_of(connection, embedder)?.map(|(_, model)| model)))
    }

    /// Stores vectors, each with the chunk that it belongs to, and returns how
    /// many. A chunk that has changed meanwhile stays without.
    ///
    /// The vectors of one call have one length, and come from one model.
    pub fn put_vectors(
        &self,
        embedder: &str,
        model: &str,
        vectors: &[(&PendingChunk, &[f32])],
    ) -> Result<u64, StoreError> {
        let rejected = |why| StoreError::Rejected { document: model.to_owned(), why };
        let Some(dims) = vectors.first().map(|(_, vector)| vector.len()) else { return Ok(0) };
        if dims == 0 || dims > MOST_DIMS {
            return Err(rejected("its vectors are empty or too long"));
        }
        let mut blobs = Vec::with_capacity(vectors.len());
        for (_, vector) in vectors {
            if vector.len() != dims {
                return Err(rejected("its vectors differ in length"));
            }
            let normal = normalised(vector)
                .ok_or_else(|| rejected("a vector of it is zero or not a number"))?;
            blobs.push(bytes(&normal));
        }
        self.database.write(|connection| {
            let number = model_number(connection, model, dims)?;
            connection
                .prepare_cached(
                    "INSERT INTO embedders VALUES (?1, ?2)
                     ON CONFLICT (stamp) DO UPDATE SET model = excluded.model
                     WHERE model != excluded.model",
                )?
                .execute(params![embedder, number])?;
            let mut delete = connection
                .prepare_cached("DELETE FROM vectors WHERE document = ?1 AND position = ?2")?;
            // A document that changed since its chunk was read is told by its
            // hash.
            let mut insert = connection.prepare_cached(
                "INSERT INTO vectors (document, position, model, hash, vector)
                 SELECT c.document, c.position, ?3, ?4, ?5 FROM chunks c
                 JOIN documents d ON d.number = c.document
                 WHERE c.document = ?1 AND c.position = ?2 AND d.content_hash = ?6",
            )?;
            let mut stored = 0;
            for ((chunk, _), blob) in vectors.iter().zip(&blobs) {
                delete.execute([chunk.document, chunk.position])?;
                stored += insert.execute(params![
                    chunk.document,
                    chunk.position,
                    number,
                    chunk.hash,
                    blob,
                    chunk.content_hash
                ])?;
            }
            Ok(stored as u64)
        })
    }

    /// Removes every vector, and returns how many they were.
    pub fn clear_vectors(&self) -> Result<u64, StoreError> {
        self.database.write(|connection| {
            let removed = connection.execute("DELETE FROM vectors", [])?;
            connection.execute_batch("DELETE FROM embedders; DELETE FROM models;")?;
            Ok(removed as u64)
        })
    }

    /// Counts the vectors, as an embedder would see them.
    pub fn vector_stats(&self, embedder: Option<&str>) -> Result<VectorStats, StoreError> {
        self.database.read(|connection| {
            let known = embedder.map(|stamp| model_of(connection, stamp)).transpose()?.flatten();
            let count = |sql: &str, model: i64| {
                connection.prepare_cached(sql)?.query_row([model], |row| row.get::<_, i64>(0))
            };
            let number = known.as_ref().map_or(-1, |(number, _)| *number);
            Ok(VectorStats {
                vectors: unsigned(count("SELECT count(*) FROM vectors WHERE model = ?1", number)?),
                outdated: unsigned(count(
                    "SELECT count(*) FROM vectors WHERE model != ?1",
                    number,
                )?),
                chunks: unsigned(connection.query_row(
                    "SELECT coalesce(sum(chunks), 0) FROM sources",
                    [],
                    |row| row.get(0),
                )?),
                model: known.map(|(_, model)| model),
            })
        })
    }

    /// Returns how many vectors there are of each source, by its name.
    pub fn vectors_by_source(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT s.name, count(*) FROM vectors v
                     JOIN documents d ON d.number = v.document
                     JOIN sources s ON s.number = d.source GROUP BY s.name ORDER BY s.name",
                )?
                .query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?
                .collect()
        })
    }

    /// Returns where the vectors are kept.
    pub fn path(&self) -> &Path {
        self.database.path()
    }
}

fn model_of(connection: &Connection, stamp: &str) -> rusqlite::Result<Option<(i64, Model)>> {
    connection
        .prepare_cached(
            "SELECT m.number, m.name, m.dims FROM embedders e JOIN models m ON m.number = e.model
             WHERE e.stamp = ?1",
        )?
        .query_row([stamp], |row| {
            let dims = usize::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            Ok((row.get(0)?, Model { name: row.get(1)?, dims }))
        })
        .optional()
}

fn find_model(connection: &Connection, name: &str, dims: usize) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM models WHERE name = ?1 AND dims = ?2")?
        .query_row(params![name, signed(dims)], |row| row.get(0))
        .optional()
}

fn model_number(connection: &Connection, name: &str, dims: usize) -> rusqlite::Result<i64> {
    if let Some(number) = find_model(connection, name, dims)? {
        return Ok(number);
    }
    connection
        .execute("INSERT INTO models (name, dims) VALUES (?1, ?2)", params![name, signed(dims)])?;
    Ok(connection.last_insert_rowid())
}

/// Returns a vector of the same direction and of length 1, if it has any.
pub(crate) fn normalised(vector: &[f32]) -> Option<Vec<f32>> {
    let square: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
    let length = square.sqrt();
    if !length.is_finite() || length <= f64::from(f32::MIN_POSITIVE) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a vector's numbers are f32")]
    Some(vector.iter().map(|number| (f64::from(*number) / length) as f32).collect())
}

fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}
