//! Completers: the trait that an author implements. It is asked with every
//! letter that a person types, so it had better be quick.

use crate::Result;
use crate::bindings::completer::exports::ctx::extension::completion;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;

pub use completion::{Choices, CompleteRequest, Subject};

/// Offers values for arguments of agents and places of templates.
pub trait Completer {
    /// Offers values, the best first.
    fn complete(request: CompleteRequest) -> Result<Choices>;
}

impl Choices {
    /// Offers these, and says that they are all.
    pub fn all<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        Self { total: u32::try_from(values.len()).ok(), values, more: false }
    }

    /// Offers those of a list that begin with what has been typed.
    pub fn beginning<'a>(typed: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::all(values.into_iter().filter(|value| value.starts_with(typed)))
    }
}

/// Offers values to the host. `export!` calls it.
#[doc(hidden)]
pub fn complete<C: Completer>(request: CompleteRequest) -> Result<Choices, types::Error> {
    C::complete(request).map_err(lower)
}
