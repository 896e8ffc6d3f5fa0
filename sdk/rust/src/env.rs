//! Environment variables the operator has granted, by name.

use crate::bindings::lent::ctx::extension::env;
use crate::{Error, Result};

/// Returns the value, or nothing if it is granted but not set.
pub fn get(name: &str) -> Result<Option<String>> {
    env::get(name)
        .map_err(|env::Error::Denied| Error::denied(format!("env `{name}` is not granted")))
}
