//! `Host` as a shell sees it while files come and go.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod again;
mod commands;
mod connectors;
mod crowd;
mod entries;
mod formats;
mod granted;
mod hooks;
mod live;
mod lua;
mod replaced;
mod sealed;
mod sections;
mod snapshots;
mod transforms;
mod workspace;
