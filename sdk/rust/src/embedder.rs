//! Embedders: the trait that an author implements. Texts that mean the same
//! become vectors that lie close together.

use crate::Result;
use crate::bindings::embedder::exports::ctx::extension::embedding;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;

pub use embedding::{EmbedRequest, Embedded, EmbedderInfo, Purpose};

/// Turns texts into vectors.
pub trait Embedder {
    /// Describes the embedder, with nothing granted.
    fn describe() -> EmbedderInfo;

    /// Embeds texts: a vector for each, in order, all of one length. Which
    /// model does so is best read from the [`settings`](crate::settings).
    fn embed(request: EmbedRequest) -> Result<Embedded>;
}

impl EmbedderInfo {
    /// Describes an embedder that takes at most so many texts at once.
    pub fn new(description: impl Into<String>, batch: u32) -> Self {
        Self { description: description.into(), batch }
    }
}

/// Embeds texts for the host. `export!` calls it.
#[doc(hidden)]
pub fn embed<E: Embedder>(request: EmbedRequest) -> Result<Embedded, types::Error> {
    E::embed(request).map_err(lower)
}
