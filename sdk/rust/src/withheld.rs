//! Documents that are there and cannot be given, such as files that are too
//! large. They are named as documents all the same, and the host is told why
//! when it asks for one: a skip could stand for many, and then a walk would
//! tell nothing of what is gone.

use std::collections::HashMap;

use crate::connector::{Change, Content, Document};
use crate::{Error, Result};

/// The documents of a page that cannot be given, and why.
#[derive(Debug, Clone, Default)]
pub struct Withheld(HashMap<String, String>);

impl Withheld {
    /// Forgets those of the page before.
    pub fn turn(&mut self) {
        self.0.clear();
    }

    /// Names a document and keeps it back.
    pub fn withhold(&mut self, id: &str, reason: impl Into<String>) -> Change {
        self.0.insert(id.to_owned(), reason.into());
        Document::new(id, "application/octet-stream", Content::Deferred).into()
    }

    /// Says why a document that is asked for is not given, if it is not.
    ///
    /// # Errors
    ///
    /// It was withheld.
    pub fn check(&self, id: &str) -> Result<()> {
        match self.0.get(id) {
            Some(reason) => Err(Error::invalid_input(reason.as_str())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withheld_is_a_document_that_cannot_be_read() {
        let mut withheld = Withheld::default();
        let change = withheld.withhold("a", "too large");
        assert!(matches!(change, Change::Upsert(document) if document.version.is_empty()));
        let reason = withheld.check("a").map_err(|error| error.to_string());
        assert_eq!(reason, Err("too large".to_owned()));
        assert!(withheld.check("b").is_ok());
        withheld.turn();
        assert!(withheld.check("a").is_ok());
    }
}
