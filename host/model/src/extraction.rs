//! Text out of files: what an extractor is given, and what it gives.

use crate::{Json, Timestamp};

/// What an extractor says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractorInfo {
    pub description: String,
    /// The media types that it reads, without parameters.
    pub media_types: Vec<String>,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractRequest {
    /// As its source named it, parameters included.
    pub media_type: String,
    pub name: Option<String>,
    pub data: Vec<u8>,
}

/// What a file says. It fills in what the source did not say of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    pub text: String,
    /// What `text` is: `text/plain` or `text/markdown`.
    pub media_type: String,
    pub title: Option<String>,
    pub author: Option<String>,
    pub language: Option<String>,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    /// A JSON object.
    pub metadata: Json,
}
