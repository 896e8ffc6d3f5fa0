//! That changes are seen, also where the system tells of none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::eyes::Bell;
use crate::{Host, HostOptions, Places};

/// Nothing that is waited for takes as long.
const PATIENCE: Duration = Duration::from_secs(10);

fn host(scratch: &tempfile::TempDir) -> (Arc<Host>, PathBuf) {
    let workspace = scratch.path().join("workspace");
    crate::init(&workspace).unwrap();
    let options = HostOptions {
        on_demand: true,
        ..HostOptions::new(&workspace, Places::below(scratch.path()))
    };
    (Arc::new(Host::open(options).unwrap()), workspace.join(".ctx/extensions"))
}

/// Drops in what is no extension, and expects to hear of it.
async fn check(bell: Bell) {
    let scratch = tempfile::tempdir().unwrap();
    let (host, extensions) = host(&scratch);
    host.catalog().await.unwrap();
    let _watch = host.watch_with(Arc::new(bell)).unwrap();
    let mut changes = host.changes();
    for (name, problems) in [("one.wasm", 1), ("two.wasm", 2)] {
        fs::write(extensions.join(name), "no extension").unwrap();
        while host.current().unwrap().problems.len() != problems {
            tokio::time::timeout(PATIENCE, changes.changed()).await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_seen_as_the_system_tells() {
    check(Bell::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_seen_though_the_system_tells_nothing() {
    let bell = Bell::default();
    bell.go_blind();
    check(bell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_keeps_no_host_alive() {
    let scratch = tempfile::tempdir().unwrap();
    let (host, _) = host(&scratch);
    let weak = Arc::downgrade(&host);
    let _watch = host.watch().unwrap();
    drop(host);
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_watch_needs_a_runtime_and_says_so() {
    let scratch = tempfile::tempdir().unwrap();
    let (host, _) = host(&scratch);
    assert!(host.watch().is_err());
}
