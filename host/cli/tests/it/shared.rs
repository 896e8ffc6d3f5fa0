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
    assert_eq!(workspace.run(&["search", "beta"]).stdout, "No results.\n");
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

#[test]
fn what_cannot_be_named_tells_nothing_by_its_absence() {
    let workspace = Workspace::new();
    let script = |first: &str, second: &str| {
        format!(
            "connector = {{ description = \"Two\", complete = true, settings = {{}} }}\n\
             function connector.scan(config, checkpoint)\n  {first}\n  {second}\nend\n"
        )
    };
    let emit = |id: &str| format!("ctx.emit({{ source_id = \"{id}\", body = \"text {id}\" }})");
    workspace.drop_in("two.lua", script(&emit("a"), &emit("b")));
    workspace.config("[sources.two]\nextension = \"two\"\n");
    assert_eq!(workspace.run(&["sync", "two"]).code, 0);
    for unnamed in ["ctx.skip(nil, \"broken\")", "ctx.skip(\"a-whole-folder\", \"unreadable\")"] {
        workspace.drop_in("two.lua", script(&emit("a"), unnamed));
        let synced = workspace.run(&["sync", "two", "--full", "--json"]);
        assert!(synced.stdout.contains("\"removed\":0"), "{}", synced.stdout);
    }
    workspace.drop_in("two.lua", script(&emit("a"), ""));
    let synced = workspace.run(&["sync", "two", "--full", "--json"]);
    assert!(synced.stdout.contains("\"removed\":1"), "{}", synced.stdout);
}

#[test]
fn the_last_change_of_a_document_holds() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "turns.lua",
        "connector = { description = \"Turns\", incremental = true, settings = {} }\n\
         function connector.scan(config, checkpoint)\n  \
           ctx.remove(\"a\")\n  \
           ctx.emit({ source_id = \"a\", body = \"heron\" })\n\
         end\n",
    );
    workspace.config("[sources.turns]\nextension = \"turns\"\n");
    for _ in 0..2 {
        assert_eq!(workspace.run(&["sync", "turns"]).code, 0);
        assert!(workspace.run(&["search", "heron"]).stdout.contains("heron"));
    }
}

#[test]
fn a_checkpoint_belongs_to_the_settings_it_was_made_with() {
    let workspace = Workspace::new();
    workspace.drop_in("items.lua", ITEMS);
    workspace.config("[sources.items]\nextension = \"items\"\ncount = 200\n");
    assert_eq!(workspace.run(&["sync", "items"]).code, 0);
    let again = workspace.run(&["sync", "items", "--json"]);
    assert!(again.stdout.contains("\"documents\":0"), "{}", again.stdout);
    workspace.config("[sources.items]\nextension = \"items\"\ncount = 201\n");
    let other = workspace.run(&["sync", "items", "--json"]);
    assert!(other.stdout.contains("\"documents\":201"), "{}", other.stdout);
}

#[test]
fn a_workspace_that_is_a_link_is_refused() {
    let workspace = Workspace::new();
    let data = workspace.path().join(".ctx/data");
    std::fs::remove_dir_all(&data).unwrap();
    workspace.write("elsewhere/index/thesis.txt", "years of work");
    std::os::unix::fs::symlink("../elsewhere", &data).unwrap();
    let refused = workspace.run(&["search", "x"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("it is a link"), "{}", refused.stderr);
    assert!(workspace.path().join("elsewhere/index/thesis.txt").exists());
}
