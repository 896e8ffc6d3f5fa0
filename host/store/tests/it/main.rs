//! The store through its public API.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod documents;
mod foreign;
mod index;
mod kv;
mod laws;
mod ledger;
mod listing;
mod names;
mod search;
mod state;
mod vectors;
mod workspace;
