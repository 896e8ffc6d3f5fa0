//! Counts of tokens, by the host's one tokenizer. Always granted; the host
//! limits how often.

use crate::bindings::lent::ctx::extension::tokens;

/// Counts the tokens of a text.
pub fn count(text: impl AsRef<str>) -> u32 {
    tokens::count(text.as_ref())
}
