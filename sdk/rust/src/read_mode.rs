//! Read-modes: the trait that an author implements. They are pure: they may
//! log and count tokens, and nothing else is lent to them.

use crate::bindings::lent::ctx::extension::types;
use crate::bindings::read_mode::exports::ctx::extension::viewing;
use crate::error::lower;
use crate::{Error, Result};

pub use viewing::{ReadModeInfo, View, ViewRequest};

/// Gives a view of a text, such as its outline.
pub trait ReadMode {
    /// `[A-Za-z0-9_-]{1,64}`; unique within the extension.
    const NAME: &'static str;

    /// Describes the read-mode. The host is told [`ReadMode::NAME`] as its
    /// name.
    fn describe() -> ReadModeInfo;

    /// Looks at a text. What is returned is within the budget, if there is
    /// one.
    fn look(request: ViewRequest) -> Result<View>;
}

impl ReadModeInfo {
    /// Describes a read-mode in one sentence.
    pub fn new(description: impl Into<String>) -> Self {
        Self { name: String::new(), description: description.into(), compares: false }
    }

    /// Says that it compares with a text that the reader brings.
    #[must_use]
    pub fn compares(mut self) -> Self {
        self.compares = true;
        self
    }
}

/// Describes a read-mode for the host. `export!` calls it.
#[doc(hidden)]
pub fn info<R: ReadMode>() -> ReadModeInfo {
    ReadModeInfo { name: R::NAME.to_owned(), ..R::describe() }
}

/// Looks for the host. `export!` calls it.
#[doc(hidden)]
pub fn answer<R: ReadMode>(request: ViewRequest) -> Result<View, types::Error> {
    R::look(request).map_err(lower)
}

/// Says that there is no such read-mode. `export!` calls it.
#[doc(hidden)]
pub fn unknown(name: &str) -> types::Error {
    lower(Error::not_found(format!("there is no read-mode `{name}`")))
}
