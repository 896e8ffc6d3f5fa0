//! What connectors and tools for services share: settings that may be written
//! as strings, and requests that wait as they are asked to.

mod request;
pub mod settings;

pub use request::{Asked, fetch, refused};
