//! The suite at work: over the host, over everything that comes with `ctx`,
//! and over files that are no extensions.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod abi_v1;
mod bad_input;
mod blame;
mod citizens;
mod conversations;
mod host;

use std::path::Path;

use ctx_conformance::{Options, Report};
use ctx_core::Places;

/// All tests share what was compiled, and nothing else.
fn options() -> Options {
    let code = Places::below(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance"));
    Options { code: Some(code), ..Options::default() }
}

#[track_caller]
fn holds(report: &Report) {
    assert!(!report.checks.is_empty(), "nothing was checked");
    assert!(report.passed(), "{}{}", report.text(), report.summary());
}
