//! What office documents share: a ZIP archive of XML parts, and properties
//! that say who wrote it and when.

mod package;
mod properties;
mod xml;

pub use package::Package;
pub use properties::describe;
pub use xml::{Node, attribute, walk};

#[cfg(test)]
mod tests;
