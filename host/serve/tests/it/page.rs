//! The page for people, as a browser gets it.

mod browser;
mod forms;
mod hostile;
mod scripts;
mod sights;
mod sign_in;
