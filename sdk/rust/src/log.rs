//! Structured log lines. Always granted; the host limits how much, and adds
//! the extension's name.

use crate::bindings::lent::ctx::extension::log;

pub use log::Level;

/// Writes one line with fields.
pub fn write(level: Level, message: impl AsRef<str>, fields: &[(&str, &str)]) {
    let fields: Vec<(String, String)> =
        fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    log::write(level, message.as_ref(), &fields);
}

/// Writes one line for whoever debugs the extension.
pub fn debug(message: impl AsRef<str>) {
    log::write(Level::Debug, message.as_ref(), &[]);
}

/// Writes one line about something that went as it should.
pub fn info(message: impl AsRef<str>) {
    log::write(Level::Info, message.as_ref(), &[]);
}

/// Writes one line about something odd.
pub fn warn(message: impl AsRef<str>) {
    log::write(Level::Warn, message.as_ref(), &[]);
}

/// Writes one line about something that failed.
pub fn error(message: impl AsRef<str>) {
    log::write(Level::Error, message.as_ref(), &[]);
}
