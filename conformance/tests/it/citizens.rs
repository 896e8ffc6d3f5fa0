//! What comes with `ctx` keeps the contract.

use std::fs;
use std::path::Path;

use ctx_conformance::{Report, check_component, check_extension};

use crate::{holds, options};

#[tokio::test(flavor = "multi_thread")]
async fn every_bundled_extension_is_a_good_citizen() {
    let mut report = Report::default();
    for bundled in ctx_bundle::EXTENSIONS {
        report.extend(check_component(bundled.name, bundled.bytes, &options()).await);
    }
    holds(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_in_rust_is_a_good_citizen() {
    // Where the bundle leaves what it compiled.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut report = Report::default();
    for entry in fs::read_dir(target.join("guests")).unwrap() {
        let path = entry.unwrap().path();
        let is_probe = path.file_stem().is_some_and(|stem| stem == "probes");
        if path.extension().is_some_and(|suffix| suffix == "wasm") && !is_probe {
            report.extend(check_extension(&path, &options()).await);
        }
    }
    holds(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_in_lua_is_a_good_citizen() {
    let folder = tempfile::tempdir().unwrap();
    let mut report = Report::default();
    for (name, text) in ctx_bundle::EXAMPLES {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        report.extend(check_extension(&path, &options()).await);
    }
    holds(&report);
}
