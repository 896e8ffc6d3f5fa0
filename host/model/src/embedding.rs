//! Vectors of texts: what an embedder is given, and what it gives.

/// What an embedder says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderInfo {
    pub description: String,
    /// How many texts one call may bring, at most.
    pub batch: u32,
}

/// What vectors are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Texts that are to be found.
    Document,
    /// A text that looks for others.
    Query,
}

/// Texts to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedRequest {
    pub texts: Vec<String>,
    pub purpose: Purpose,
}

/// The vectors of one call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Embedded {
    /// Vectors of different models are never compared.
    pub model: String,
    /// One for each text, in order, all of one length.
    pub vectors: Vec<Vec<f32>>,
}
