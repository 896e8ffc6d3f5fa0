//! Secrets the operator has granted, by name. Search for `reveal` to see
//! where one turns into text.

use crate::bindings::lent::ctx::extension::secrets;
use crate::{Error, Result};

pub use secrets::Secret;

/// Gets a secret, unread.
pub fn get(name: &str) -> Result<Secret> {
    secrets::get(name).map_err(|error| match error {
        secrets::Error::Denied => Error::denied(format!("secret `{name}` is not granted")),
        secrets::Error::NotSet => Error::not_found(format!("secret `{name}` is not set")),
        secrets::Error::Other(why) => Error::internal(format!("secret `{name}`: {why}")),
    })
}
