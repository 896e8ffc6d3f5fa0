//! Settings that may be strings, as Context Harness writes all of them: `"50"`
//! is a number, and `"yes"` a truth.

use serde::de::{Deserialize as _, Deserializer, Error};

/// A scalar, as it is written.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Scalar {
    Truth(bool),
    Number(u64),
    Text(String),
}

/// Reads a number; an empty text is none.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    match Scalar::deserialize(from)? {
        Scalar::Number(number) => Ok(Some(number)),
        Scalar::Text(text) if text.trim().is_empty() => Ok(None),
        Scalar::Text(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(D::Error::custom(format!("`{text}` is no whole number"))),
        },
        Scalar::Truth(_) => Err(D::Error::custom("it must be a whole number")),
    }
}

/// Reads a truth.
pub fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Scalar::deserialize(from)? {
        Scalar::Truth(truth) => Ok(truth),
        Scalar::Number(number) => Ok(number != 0),
        Scalar::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" | "" => Ok(false),
            _ => Err(D::Error::custom(format!("`{text}` is neither `true` nor `false`"))),
        },
    }
}
