//! Small durable values, private to an extension and bounded in number and
//! size. The names of buckets and keys count.

use ctx_model::{ExtensionName, KeyPage, KeyValue, KeyValueError};
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{signed, unsigned};
use crate::{Store, StoreError};

/// Bytes that one extension may keep.
pub const QUOTA: u64 = 64 << 20;
/// Bytes of a key, and of a bucket's name.
pub const MAX_KEY: usize = 1 << 10;
/// Bytes of a value.
pub const MAX_VALUE: usize = 1 << 20;
/// Keys of one page.
const PAGE: usize = 1000;

impl KeyValue for Store {
    fn get(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, KeyValueError> {
        let found = self.database.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT value FROM pairs WHERE extension = ?1 AND bucket = ?2 AND key = ?3",
                )?
                .query_row([extension.as_str(), bucket, key], |row| row.get(0))
                .optional()
        });
        found.map_err(|error| failed(&error))
    }

    fn set(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(), KeyValueError> {
        for (what, length, most) in [
            ("a bucket's name", bucket.len(), MAX_KEY),
            ("a key", key.len(), MAX_KEY),
            ("a value", value.len(), MAX_VALUE),
        ] {
            if length > most {
                let why = format!("{what} has {length} bytes, and {most} is the most");
                return Err(KeyValueError::Other(why));
            }
        }
        let fits = self.database.write(|connection| {
            let old = size(connection, extension, bucket, key)?;
            let new = (bucket.len() + key.len() + value.len()) as u64;
            let used: Option<i64> = connection
                .prepare_cached("SELECT bytes FROM pair_usage WHERE extension = ?1")?
                .query_row([extension.as_str()], |row| row.get(0))
                .optional()?;
            let used = (used.map_or(0, unsigned) + new).saturating_sub(old.unwrap_or(0));
            // What shrinks may always be written.
            if used > QUOTA && old.is_none_or(|old| new > old) {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "INSERT INTO pairs VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                )?
                .execute(params![extension.as_str(), bucket, key, value])?;
            set_usage(connection, extension, used)?;
            Ok(true)
        });
        match fits {
            Ok(true) => Ok(()),
            Ok(false) => Err(KeyValueError::QuotaExceeded),
            Err(error) => Err(failed(&error)),
        }
    }

    fn delete(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        key: &str,
    ) -> Result<(), KeyValueError> {
        let deleted = self.database.write(|connection| {
            let Some(old) = size(connection, extension, bucket, key)? else { return Ok(()) };
            connection
                .prepare_cached(
                    "DELETE FROM pairs WHERE extension = ?1 AND bucket = ?2 AND key = ?3",
                )?
                .execute([extension.as_str(), bucket, key])?;
            connection
                .prepare_cached("UPDATE pair_usage SET bytes = bytes - ?2 WHERE extension = ?1")?
                .execute(params![extension.as_str(), signed(old)])?;
            Ok(())
        });
        deleted.map_err(|error| failed(&error))
    }

    fn list_keys(
        &self,
        extension: &ExtensionName,
        bucket: &str,
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<KeyPage, KeyValueError> {
        let listed = self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key FROM pairs
                 WHERE extension = ?1 AND bucket = ?2 AND key >= ?3 AND (?4 IS NULL OR key > ?4)
                 ORDER BY key LIMIT ?5",
            )?;
            // The cursor is the last key that was given.
            let from = cursor.map_or(prefix, |cursor| cursor.max(prefix));
            let rows = statement.query_map(
                params![extension.as_str(), bucket, from, cursor, signed(PAGE + 1)],
                |row| row.get::<_, String>(0),
            )?;
            let mut keys = Vec::new();
            for key in rows {
                let key = key?;
                if !key.starts_with(prefix) {
                    break;
                }
                keys.push(key);
            }
            Ok(keys)
        });
        let mut keys = listed.map_err(|error| failed(&error))?;
        let more = keys.len() > PAGE;
        keys.truncate(PAGE);
        let cursor = if more { keys.last().cloned() } else { None };
        Ok(KeyPage { keys, cursor })
    }
}

fn failed(error: &StoreError) -> KeyValueError {
    KeyValueError::Other(error.to_string())
}

/// Returns how many bytes a pair counts for, if it is there.
fn size(
    connection: &Connection,
    extension: &ExtensionName,
    bucket: &str,
    key: &str,
) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = connection
        .prepare_cached(
            "SELECT length(value) FROM pairs WHERE extension = ?1 AND bucket = ?2 AND key = ?3",
        )?
        .query_row([extension.as_str(), bucket, key], |row| row.get(0))
        .optional()?;
    Ok(value.map(|value| unsigned(value) + (bucket.len() + key.len()) as u64))
}

fn set_usage(
    connection: &Connection,
    extension: &ExtensionName,
    bytes: u64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO pair_usage VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
        )?
        .execute(params![extension.as_str(), signed(bytes)])?;
    Ok(())
}
