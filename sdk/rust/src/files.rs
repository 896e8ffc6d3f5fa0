//! Folders the operator has granted. They go by the name they were requested
//! under; no path of the machine gets here.

use serde_json::json;

use crate::bindings::lent::ctx::extension::files;
use crate::{Error, Result};

pub use files::{Entry, Kind, Step, WalkOptions};

/// A walk over the files below a folder, in byte order of their paths.
#[derive(Debug)]
pub struct Walk {
    inner: files::Walk,
    folder: String,
}

impl Walk {
    /// Returns at most `limit` steps; an empty list is the end.
    pub fn next(&mut self, limit: usize) -> Result<Vec<Step>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.inner.next(limit).map_err(|error| lift(error, &self.folder, ""))
    }
}

/// Names the granted folders.
pub fn folders() -> Vec<String> {
    files::folders()
}

/// Starts a walk, after a path if one is given.
pub fn walk(folder: &str, options: &WalkOptions, after: Option<&str>) -> Result<Walk> {
    let inner =
        files::open_walk(folder, options, after).map_err(|error| lift(error, folder, ""))?;
    Ok(Walk { inner, folder: folder.to_owned() })
}

/// Lists one directory, without descending, in byte order.
pub fn list(folder: &str, path: &str) -> Result<Vec<Entry>> {
    files::list_directory(folder, path).map_err(|error| lift(error, folder, path))
}

/// Reads a whole file of at most `limit` bytes.
pub fn read(folder: &str, path: &str, limit: u64) -> Result<Vec<u8>> {
    files::read(folder, path, limit).map_err(|error| lift(error, folder, path))
}

fn lift(error: files::Error, folder: &str, path: &str) -> Error {
    let place = if path.is_empty() {
        format!("folder `{folder}`")
    } else {
        format!("`{path}` in `{folder}`")
    };
    match error {
        files::Error::Denied => Error::denied(format!("{place} is not granted")),
        files::Error::NotFound => Error::not_found(format!("{place} does not exist")),
        files::Error::TooLarge(size) => {
            Error::invalid_input(format!("{place} is too large: {size} bytes"))
                .details(json!({ "size": size }))
        }
        files::Error::Other(why) => Error::internal(format!("{place}: {why}")),
    }
}
