//! What read-modes show of a text. Nothing here is about extensions.

pub(crate) mod diff;
pub(crate) mod outline;
