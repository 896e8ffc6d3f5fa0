//! Replays the saved corpora: everything that a run of `cargo fuzz` found worth
//! keeping holds in every later version.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use ctx_fuzz::TARGETS;

/// Larger cases belong to nobody's checkout.
const LARGEST: u64 = 20 * 1024;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Runs a target with each case of its corpus, and says which one failed.
#[track_caller]
fn replay(target: &str) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    run(b"");
    for path in files(&corpus(target)) {
        let bytes = fs::read(&path).unwrap();
        let ran = std::panic::catch_unwind(|| run(&bytes));
        assert!(ran.is_ok(), "{} fails", path.display());
    }
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let programs = fs::read_to_string(corpus("../targets/Cargo.toml")).unwrap();
    for (target, _) in TARGETS {
        assert!(files(&corpus(target)).len() >= 5, "{target}");
        assert!(programs.contains(&format!("path = \"src/{target}.rs\"")), "{target}");
    }
    assert_eq!(files(&corpus("")).len(), TARGETS.len());
}

#[test]
fn no_case_is_large() {
    for (target, _) in TARGETS {
        for path in files(&corpus(target)) {
            assert!(fs::metadata(&path).unwrap().len() <= LARGEST, "{}", path.display());
        }
    }
}

#[test]
fn cache_holds_for_its_corpus() {
    replay("cache");
}

#[test]
fn component_holds_for_its_corpus() {
    replay("component");
}

#[test]
fn config_holds_for_its_corpus() {
    replay("config");
}

#[test]
fn conversation_holds_for_its_corpus() {
    replay("conversation");
}

#[test]
fn folder_holds_for_its_corpus() {
    replay("folder");
}

#[test]
fn grant_holds_for_its_corpus() {
    replay("grant");
}

#[test]
fn item_holds_for_its_corpus() {
    replay("item");
}

#[test]
fn lua_header_holds_for_its_corpus() {
    replay("lua_header");
}

#[test]
fn lua_json_holds_for_its_corpus() {
    replay("lua_json");
}

#[test]
fn manifest_holds_for_its_corpus() {
    replay("manifest");
}

#[test]
fn plugin_holds_for_its_corpus() {
    replay("plugin");
}

#[test]
fn registry_holds_for_its_corpus() {
    replay("registry");
}

#[test]
fn section_holds_for_its_corpus() {
    replay("section");
}

#[test]
fn url_holds_for_its_corpus() {
    replay("url");
}
