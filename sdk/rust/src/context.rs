//! The documents that the host has gathered.

use crate::bindings::lent::ctx::extension::context;
use crate::{Error, Result};

pub use context::{Chunk, Hit, Hits, Mode, Query, SourceStatus, Stored};

impl Query {
    /// Looks for words in every granted source, and wants the best ten.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            mode: Mode::Keyword,
            sources: Vec::new(),
            since: None,
            until: None,
            media_types: Vec::new(),
            limit: 10,
            cursor: None,
        }
    }

    /// Wants at most this many documents.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Looks in one source more; without any, in all.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.sources.push(source.into());
        self
    }
}

/// Searches. Best hit first.
pub fn search(query: &Query) -> Result<Hits> {
    context::search(query).map_err(lift)
}

/// Returns a whole document by the host's id, or nothing if there is none.
pub fn get(id: &str) -> Result<Option<Stored>> {
    context::get(id).map_err(lift)
}

/// Lists the granted sources.
pub fn sources() -> Result<Vec<SourceStatus>> {
    context::sources().map_err(lift)
}

fn lift(error: context::Error) -> Error {
    match error {
        context::Error::Denied => Error::denied("the context is not granted"),
        context::Error::InvalidQuery(why) => Error::invalid_input(why),
        context::Error::Other(why) => Error::internal(format!("context: {why}")),
    }
}
