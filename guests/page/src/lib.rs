//! What a page of HTML says, as text in Markdown's manner, and what it says of
//! itself: for whoever reads pages.

mod read;
mod text;

pub use read::{Page, read};

#[cfg(test)]
mod tests;
