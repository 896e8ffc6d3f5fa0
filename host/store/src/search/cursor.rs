//! Where the next page of an answer begins. A cursor is bound to its query,
//! and opaque to everybody else.

use ctx_model::Query;

use crate::{SearchError, identity};

/// A place in the answer to one query.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// Stands for everything that the query asks, but for how much at once.
    query: String,
    pub(crate) offset: usize,
}

impl Cursor {
    /// Returns where a query wants to begin.
    pub(crate) fn of(query: &Query) -> Result<Self, SearchError> {
        let Query { text, mode, sources, since, until, media_types, cursor, .. } = query;
        let asked = (text, mode, sources, since, until, media_types);
        let query = identity::short_hash(&format!("{asked:?}"));
        let Some(cursor) = cursor else { return Ok(Self { query, offset: 0 }) };
        cursor
            .split_once('-')
            .filter(|(of, _)| *of == query)
            .and_then(|(_, offset)| usize::from_str_radix(offset, 16).ok())
            .map(|offset| Self { query: query.clone(), offset })
            .ok_or_else(|| SearchError::Cursor { cursor: cursor.clone() })
    }

    pub(crate) fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }

    pub(crate) fn text(&self) -> String {
        let Self { query, offset } = self;
        format!("{query}-{offset:x}")
    }
}
