//! Mirrors of real repositories, on disk and over loopback HTTP.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod connector;
mod forge;
mod http;
mod mirror;
mod repository;
