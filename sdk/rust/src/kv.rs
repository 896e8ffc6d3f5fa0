//! Small durable values, private to the extension.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::lent::ctx::extension::kv;
use crate::{Error, ErrorKind, Result};

/// A named set of pairs.
#[derive(Debug)]
pub struct Bucket(kv::Bucket);

/// Opens a bucket; it is created on first use.
pub fn open(name: &str) -> Result<Bucket> {
    kv::open(name).map(Bucket).map_err(lift)
}

impl Bucket {
    /// Returns the bytes of a key, or nothing if there is none.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.0.get(key).map_err(lift)
    }

    /// Sets or replaces the bytes of a key.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        self.0.set(key, value).map_err(lift)
    }

    /// Deletes a pair. Absence is no error.
    pub fn delete(&self, key: &str) -> Result<()> {
        self.0.delete(key).map_err(lift)
    }

    /// Lists all keys that start with `prefix`, in byte order.
    pub fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.0.list_keys(prefix, cursor.as_deref()).map_err(lift)?;
            keys.extend(page.keys);
            match page.cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(keys),
            }
        }
    }

    /// Returns the value of a key that [`set_json`](Self::set_json) wrote.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.get(key)?.map(|bytes| Ok(serde_json::from_slice(&bytes)?)).transpose()
    }

    /// Sets or replaces the value of a key, as JSON.
    pub fn set_json(&self, key: &str, value: &impl Serialize) -> Result<()> {
        self.set(key, &serde_json::to_vec(value)?)
    }
}

fn lift(error: kv::Error) -> Error {
    match error {
        kv::Error::Denied => Error::denied("kv is not granted"),
        kv::Error::QuotaExceeded => {
            Error::new(ErrorKind::Exhausted, "the kv store of this extension is full")
        }
        kv::Error::Other(why) => Error::internal(format!("kv: {why}")),
    }
}
