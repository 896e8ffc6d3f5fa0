//! Who looks on while a source is walked.

use std::fmt;
use std::sync::Arc;

use ctx_model::Document;

/// Looks at each document that a source gives, before anything is made of it.
#[derive(Clone)]
pub struct Onlooker(Arc<dyn Fn(&Document) + Send + Sync>);

impl Onlooker {
    /// Has a function look on.
    pub fn new(look: impl Fn(&Document) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(crate) fn sees(&self, document: &Document) {
        (self.0)(document);
    }
}

impl fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Onlooker")
    }
}
