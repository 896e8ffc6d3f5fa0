//! Several processes share a workspace, and documents go where their source
//! says.

use crate::workspace::{GREET, ITEMS, Workspace};

#[test]
fn readers_and_callers_work_while_a_sync_runs() {
    let workspace = Workspace::new();
    workspace.drop_in("items.lua", ITEMS).drop_in("greet.lua", GREET);
    workspace.config("[sources.items]\nextension = \"items\"\ncount = 20000\n");
    let mut sync = workspace.command(&["sync", "items"]).spawn().unwrap();
    let mut rounds = 0;
    while sync.try_wait().unwrap().is_none() || rounds < 3 {
        assert_eq!(workspace.run(&["stats"]).code, 0);
        assert_eq!(workspace.run(&["search", "number"]).code, 0);
        assert_eq!(workspace.run(&["call", "greet", "-p", "name=Ada"]).code, 0);
        rounds += 1;
    }
    assert!(sync.wait().unwrap().success());
    assert!(workspace.run(&["search", "20000"]).stdout.contains("Item 20000"));
}

#[test]
fn a_file_that_is_gone_is_removed_and_an_empty_walk_removes_nothing() {
    let workspace = Workspace::new();
    workspace.write("tree/a.md", "alpha").write("tree/b.md", "beta");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync", "tree"]).code, 0);
    std::fs::remove_file(workspace.path().join("tree/b.md")).unwrap();
    let synced = workspace.run(&["sync", "tree", "--json"]);
    assert!(synced.stdout.contains("\"removed\":1"), "{}", synced.stdout);
    assert!(workspace.run(&["search", "beta"]).stdout.is_empty());
    std::fs::remove_file(workspace.path().join("tree/a.md")).unwrap();
    let synced = workspace.run(&["sync", "tree", "--json"]);
    assert!(synced.stdout.contains("\"removed\":0"), "{}", synced.stdout);
    assert!(workspace.run(&["search", "alpha"]).stdout.contains("a.md"));
}

#[test]
fn an_index_that_was_deleted_is_built_anew() {
    let workspace = Workspace::new();
    workspace.write("tree/a.md", "alpha");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync"]).code, 0);
    std::fs::remove_dir_all(workspace.path().join(".ctx/data/index")).unwrap();
    assert!(workspace.run(&["search", "alpha"]).stdout.contains("a.md"));
}
