//! The server through its public API.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod auth;
mod compat;
mod contract;
mod mcp;
mod page;
mod rest;
