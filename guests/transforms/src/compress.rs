//! What compressors do to a text. Nothing here is about extensions, so that
//! the same code is measured outside of a sandbox.

pub(crate) mod blocks;
pub(crate) mod fences;
pub(crate) mod lines;
pub(crate) mod markdown;
pub(crate) mod prose;
pub(crate) mod runs;
pub(crate) mod whitespace;

#[cfg(test)]
mod tests;
