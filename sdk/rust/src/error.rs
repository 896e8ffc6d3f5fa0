//! The one error of the SDK: a kind, which decides what the host does about
//! it, and words for people.
//!
//! It is no `std::error::Error` itself, so that `?` can turn any of those
//! into it.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::bindings::lent::ctx::extension::types;

pub use types::ErrorKind;

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    retry_after: Option<Duration>,
    details: Option<Value>,
}

impl Error {
    /// Returns an error of any kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, details: None }
    }

    /// The caller is at fault: the same input will fail again.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The thing asked for does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A capability is missing. Lent functions return this; the host knows
    /// which one it was and tells the operator.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Denied, message)
    }

    /// The far end is busy or away. Trying again may help.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// The caller cancelled, and the extension stopped early because of it.
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    /// The extension is at fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds something for programs, such as the fields at fault.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Returns what kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the words for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: StdError> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Self::internal(message)
    }
}

/// Hands the error to the host.
pub(crate) fn lower(error: Error) -> types::Error {
    types::Error {
        kind: error.kind,
        message: error.message,
        retry_after: error
            .retry_after
            .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        details: error.details.map(|details| details.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_std_error_becomes_an_internal_one_with_its_causes() {
        let parse = |text: &str| -> Result<u8> { Ok(text.parse()?) };
        let error = parse("x").err().map(|error| (error.kind(), error.to_string()));
        assert_eq!(error, Some((ErrorKind::Internal, "invalid digit found in string".to_owned())));
    }

    #[test]
    fn the_time_to_wait_is_handed_over_in_milliseconds() {
        let error = lower(Error::unavailable("busy").retry_after(Duration::from_secs(2)));
        assert_eq!(error.retry_after, Some(2000));
    }
}
