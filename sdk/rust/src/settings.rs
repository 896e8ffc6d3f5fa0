//! What the operator has set for this extension.

use serde::de::DeserializeOwned;

use crate::bindings::lent::ctx::extension::settings;
use crate::{Error, Result};

/// Reads the settings. They match the manifest's schema, with defaults filled
/// in; without a schema they are an empty object.
pub fn get<T: DeserializeOwned>() -> Result<T> {
    serde_json::from_str(&settings::get())
        .map_err(|error| Error::invalid_input(format!("the settings do not fit: {error}")))
}
