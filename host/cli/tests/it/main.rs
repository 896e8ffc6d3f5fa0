//! The binary as a person and a script use it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod authoring;
mod bad_input;
mod clients;
mod consent;
mod context_harness;
mod conversations;
mod embedding;
mod halting;
mod heard;
mod import;
mod killed;
mod output;
mod reading;
mod records;
mod registry;
mod s3;
mod scorecard;
mod secrets;
mod serving;
mod shared;
mod syncing;
mod told;
mod workspace;
