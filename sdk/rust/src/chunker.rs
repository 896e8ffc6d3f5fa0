//! Chunkers: the trait that an author implements. They are pure: they may log
//! and count tokens, and nothing else is lent to them.

use crate::bindings::chunker::exports::ctx::extension::chunking;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;
use crate::{Error, Result};

pub use chunking::{Chunk, ChunkRequest, ChunkerInfo};
pub use types::{Budget, Span};

/// Cuts texts into pieces worth retrieving.
pub trait Chunker {
    /// `[A-Za-z0-9_-]{1,64}`; unique within the extension.
    const NAME: &'static str;

    /// Describes the chunker. The host is told [`Chunker::NAME`] as its name.
    fn describe() -> ChunkerInfo;

    /// Cuts a text. Chunks are in order, within the budget, and cover all that
    /// is not blank.
    fn split(request: ChunkRequest) -> Result<Vec<Chunk>>;
}

impl ChunkerInfo {
    /// Describes a chunker and names the media types that it is for.
    pub fn new<T: Into<String>>(
        description: impl Into<String>,
        media_types: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            name: String::new(),
            description: description.into(),
            media_types: media_types.into_iter().map(Into::into).collect(),
        }
    }
}

impl Chunk {
    /// Makes a chunk of a range of bytes.
    pub fn new(start: usize, end: usize, breadcrumbs: Vec<String>) -> Self {
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        Self { span: Span { start, end }, breadcrumbs }
    }
}

/// Describes a chunker for the host. `export!` calls it.
#[doc(hidden)]
pub fn info<C: Chunker>() -> ChunkerInfo {
    ChunkerInfo { name: C::NAME.to_owned(), ..C::describe() }
}

/// Cuts for the host. `export!` calls it.
#[doc(hidden)]
pub fn answer<C: Chunker>(request: ChunkRequest) -> Result<Vec<Chunk>, types::Error> {
    C::split(request).map_err(lower)
}

/// Says that there is no such chunker. `export!` calls it.
#[doc(hidden)]
pub fn unknown(name: &str) -> types::Error {
    lower(Error::not_found(format!("there is no chunker `{name}`")))
}
