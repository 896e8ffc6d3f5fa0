//! Extractors: the trait that an author implements, and the text that comes of
//! a file. Each file gets a fresh instance, so one that is hostile harms none
//! of the others.

use serde_json::Value;

use crate::Result;
use crate::bindings::extractor::exports::ctx::extension::extraction;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;

pub use extraction::{ExtractRequest, Extracted, ExtractorInfo};

/// Turns the bytes of a format into text.
pub trait Extractor {
    /// Describes the extractor, with nothing granted.
    fn describe() -> ExtractorInfo;

    /// Reads one file.
    fn extract(request: ExtractRequest) -> Result<Extracted>;
}

impl ExtractorInfo {
    /// Describes an extractor and names the media types that it reads.
    pub fn new<T: Into<String>>(
        description: impl Into<String>,
        media_types: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            description: description.into(),
            media_types: media_types.into_iter().map(Into::into).collect(),
        }
    }
}

impl Extracted {
    /// Returns plain text. The other fields are public: set what the file says
    /// of itself.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            media_type: "text/plain".to_owned(),
            title: None,
            author: None,
            language: None,
            created: None,
            modified: None,
            metadata: "{}".to_owned(),
        }
    }

    /// Returns text with headings, lists and code in Markdown's manner.
    pub fn markdown(text: impl Into<String>) -> Self {
        Self { media_type: "text/markdown".to_owned(), ..Self::plain(text) }
    }

    /// Adds a key to the metadata.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, value: impl Into<Value>) -> Self {
        let mut metadata: serde_json::Map<String, Value> =
            serde_json::from_str(&self.metadata).unwrap_or_default();
        metadata.insert(key.to_owned(), value.into());
        self.metadata = Value::Object(metadata).to_string();
        self
    }
}

/// Reads one file for the host. `export!` calls it.
#[doc(hidden)]
pub fn extract<E: Extractor>(request: ExtractRequest) -> Result<Extracted, types::Error> {
    E::extract(request).map_err(lower)
}
