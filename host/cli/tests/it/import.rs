//! A database of Context Harness, taken over.

use std::fs;

use crate::workspace::Workspace;

const THEIRS: &[u8] = include_bytes!("context-harness.sqlite");

#[test]
fn a_database_of_context_harness_is_imported_once_and_again() {
    let workspace = Workspace::new();
    workspace.write("old.sqlite", THEIRS);
    insta::assert_snapshot!(workspace.block(&["import", "old.sqlite"]), @r"
    exit 0
    --- stdout
    Imported 3 documents: 3 added, 0 changed, 0 unchanged, 1 skipped
      filesystem:notes                 1
      script:birds                     2
    --- stderr
      skipped broken: its body is no text
    Checkpoints stay behind: the next sync of each source walks from the start
    ");
    let again = workspace.run(&["import", "old.sqlite", "--json"]);
    let again: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    let counts = ["documents", "added", "changed", "unchanged", "skipped"].map(|key| &again[key]);
    assert_eq!(counts, [3, 0, 0, 3, 1]);
    assert_eq!(fs::read(workspace.path().join("old.sqlite")).unwrap(), THEIRS);
    let found = workspace.run(&["search", "reeds", "--source", "script:birds", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["hits"][0]["source_id"], "heron");
    let id = found["hits"][0]["id"].as_str().unwrap();
    let shown = workspace.run(&["get", id]).stdout;
    for part in ["The heron", "Ada", "https://birds.example/heron", "2025-01-15", "legs"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_database_in_our_own_place_is_moved_aside_and_never_deleted() {
    let workspace = Workspace::new();
    let data = workspace.path().join(".ctx/data");
    fs::remove_dir_all(&data).unwrap();
    workspace.write(".ctx/data/ctx.sqlite", THEIRS);
    let refused = workspace.run(&["search", "heron"]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("ctx import"), "{}", refused.stderr);
    assert_eq!(fs::read(data.join("ctx.sqlite")).unwrap(), THEIRS);
    let imported = workspace.run(&["import", ".ctx/data/ctx.sqlite"]);
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    assert!(imported.stdout.contains("Imported 3 documents"), "{}", imported.stdout);
    assert_eq!(fs::read(data.join("ctx.sqlite.context-harness")).unwrap(), THEIRS);
    assert!(workspace.run(&["search", "reeds"]).stdout.contains("heron"));
    // Our own store is no such database, and stays where it is.
    assert_ne!(workspace.run(&["import", ".ctx/data/ctx.sqlite"]).code, 0);
    assert!(workspace.run(&["search", "reeds"]).stdout.contains("heron"));
}

#[test]
fn what_is_no_database_is_an_error() {
    let workspace = Workspace::new();
    workspace.write("text.sqlite", "no database, and long enough to be taken for the head of one");
    for path in ["text.sqlite", "absent.sqlite", "."] {
        let refused = workspace.run(&["import", path]);
        assert_eq!(refused.code, 1, "{path}: {}", refused.stderr);
        assert!(!refused.stderr.contains("panicked"), "{}", refused.stderr);
    }
}
