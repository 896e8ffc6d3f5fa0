//! `ctx sync`: which sources, how much of them, and how far it is.

use crate::workspace::{ITEMS, Workspace};

/// Three documents of three days, as a list.
const DAYS: &str = r#"
connector = { description = "Days", complete = true, settings = {} }
function connector.scan(config)
  return {
    { source_id = "a", body = "alpha one", updated_at = "2025-01-01T12:00:00Z" },
    { source_id = "b", body = "alpha two", updated_at = "2025-01-02T12:00:00Z" },
    { source_id = "c", body = "alpha three", updated_at = "2025-01-03T12:00:00Z" },
  }
end
"#;

fn days() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("days.lua", DAYS);
    workspace.config("[sources.days]\nextension = \"days\"\n");
    workspace
}

fn documents(workspace: &Workspace) -> u64 {
    let stats = workspace.run(&["stats", "--json"]);
    let stats: serde_json::Value = serde_json::from_str(&stats.stdout).unwrap();
    stats["documents"].as_u64().unwrap()
}

#[test]
fn a_sync_is_told_in_the_lines_that_scripts_look_for() {
    let workspace = days();
    insta::assert_snapshot!(workspace.block(&["sync", "days"]), @r#"
    exit 0
    --- stdout
    sync days
      fetched: 3 items
      upserted documents: 3
      chunks written: 3
      extraction skipped: 0
      added: 3
      changed: 0
      removed: 0
      unchanged: 0
      skipped: 0
    ok
    "#);
    insta::assert_snapshot!(workspace.block(&["sync", "days", "--dry-run"]), @r#"
    exit 0
    --- stdout
    sync days (dry-run)
      items found: 3
      estimated chunks: 0
      to add: 0
      to change: 0
      unchanged: 3
      skipped: 0
    "#);
}

#[test]
fn c2_a_limited_sync_loses_nothing() {
    let workspace = days();
    assert_eq!(workspace.run(&["sync", "days", "--limit", "1"]).code, 0);
    assert_eq!(documents(&workspace), 1);
    assert_eq!(workspace.run(&["sync", "days"]).code, 0);
    assert_eq!(documents(&workspace), 3);
}

#[test]
fn c2_one_limited_sync_after_the_other_gets_to_the_end() {
    let workspace = days();
    for stored in 1..=3 {
        assert_eq!(workspace.run(&["sync", "days", "--limit", "1"]).code, 0);
        assert_eq!(documents(&workspace), stored);
    }
}

#[test]
fn c2_a_limit_moves_no_checkpoint_past_what_it_left_out() {
    let workspace = Workspace::new();
    workspace.drop_in("items.lua", ITEMS);
    workspace.config("[sources.items]\nextension = \"items\"\ncount = 950\n");
    for limit in ["1", "150", "300"] {
        let limited = workspace.run(&["sync", "items", "--limit", limit]);
        assert_eq!(limited.code, 0, "{}", limited.stderr);
    }
    assert_eq!(workspace.run(&["sync", "items"]).code, 0);
    assert_eq!(documents(&workspace), 950);
}

#[test]
fn c2_a_range_of_days_loses_nothing_and_removes_nothing() {
    let workspace = days();
    assert_eq!(workspace.run(&["sync", "days", "--until", "2025-01-02"]).code, 0);
    assert_eq!(documents(&workspace), 2);
    assert_eq!(workspace.run(&["sync", "days", "--full", "--since", "2025-01-03"]).code, 0);
    assert_eq!(documents(&workspace), 3, "what it left out is not gone");
    assert_eq!(workspace.run(&["sync", "days", "--full", "--limit", "1"]).code, 0);
    assert_eq!(documents(&workspace), 3);
}

#[test]
fn a_source_that_suddenly_gives_nothing_keeps_its_documents_and_says_so() {
    let workspace = Workspace::new();
    workspace.write("tree/a.md", "beta");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync", "tree"]).code, 0);
    std::fs::remove_file(workspace.path().join("tree/a.md")).unwrap();
    let synced = workspace.run(&["sync", "tree"]);
    assert_eq!((synced.code, documents(&workspace)), (0, 1));
    let said = "`tree` gave nothing at all; its 1 stored documents stay, in case that is a mistake";
    assert!(synced.stderr.contains(said), "{}", synced.stderr);
}

#[test]
fn a_dry_run_stores_nothing() {
    let workspace = days();
    let dry = workspace.run(&["sync", "days", "--dry-run", "--json"]);
    assert!(dry.stdout.contains("\"added\":3"), "{}", dry.stdout);
    assert_eq!(documents(&workspace), 0);
    let synced = workspace.run(&["sync", "days", "--json"]);
    assert!(synced.stdout.contains("\"added\":3"), "{}", synced.stdout);
    let dry = workspace.run(&["sync", "days", "--dry-run", "--json"]);
    assert!(dry.stdout.contains("\"unchanged\":3"), "{}", dry.stdout);
}

#[test]
fn row_16_sources_are_synced_side_by_side_and_told_in_order() {
    let workspace = Workspace::new();
    workspace.drop_in("days.lua", DAYS).write("tree/a.md", "beta");
    let source = |name: &str| format!("[sources.{name}]\nextension = \"days\"\n");
    let names = ["e", "d", "c", "b", "a"];
    let config: String = names.iter().map(|name| source(name)).collect();
    workspace.config(&(config + "[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n"));
    let synced = workspace.run(&["sync", "e", "filesystem", "all"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    let told: Vec<&str> =
        synced.stdout.lines().filter(|line| line.to_lowercase().starts_with("sync")).collect();
    assert_eq!(
        told,
        [
            "Syncing 6 connector instances...",
            "sync e",
            "sync tree",
            "sync a",
            "sync b",
            "sync c",
            "sync d"
        ]
    );
    assert_eq!(documents(&workspace), 16);
}

#[test]
fn one_bad_source_does_not_stop_the_others() {
    let workspace = Workspace::new();
    workspace.drop_in("days.lua", DAYS).drop_in(
        "fails.lua",
        "connector = { description = \"Fails\", settings = {} }\n\
         function connector.scan() error(\"the far end said no\") end\n",
    );
    workspace.config("[sources.a]\nextension = \"fails\"\n[sources.b]\nextension = \"days\"\n");
    insta::assert_snapshot!(workspace.block(&["sync", "all"]), @r#"
    exit 1
    --- stdout
    Syncing 2 connector instances...
    sync b
      fetched: 3 items
      upserted documents: 3
      chunks written: 3
      extraction skipped: 0
      added: 3
      changed: 0
      removed: 0
      unchanged: 0
      skipped: 0
    ok
    --- stderr
    ctx::call::internal

      × source `a`: `fails` failed: [string "fails.lua"]:2: the far end said no
    1 of 2 sources failed
    "#);
    assert_eq!(documents(&workspace), 3);
}

#[test]
fn a_specifier_that_says_nothing_is_told_what_there_is() {
    let workspace = days();
    insta::assert_snapshot!(workspace.block(&["sync", "git"]), @r#"
    exit 3
    --- stderr
    ctx::sync::nothing

      × the config names no git source
      help: add `[connectors.git.NAME]` to the workspace's config (.ctx/config.toml where there is none)
    "#);
    insta::assert_snapshot!(workspace.block(&["sync", "day"]), @r#"
    exit 3
    --- stderr
    ctx::unknown::source

      × there is no source `day`
      help: did you mean `days`?
    "#);
}

#[test]
fn progress_is_json_lines_on_standard_error() {
    let workspace = days();
    let synced = workspace.run(&["sync", "days", "--progress", "json", "--json"]);
    insta::assert_snapshot!(synced.stderr, @r#"
    {"connector":"days","event":"progress","phase":"discovering"}
    {"connector":"days","event":"progress","n":3,"phase":"ingesting","total":3}
    "#);
    let silent = workspace.run(&["sync", "days", "--full", "--progress", "json", "--no-progress"]);
    assert!(silent.stderr.is_empty(), "{}", silent.stderr);
    let human = workspace.run(&["sync", "days", "--full", "--progress", "human"]);
    insta::assert_snapshot!(human.stderr, @r#"
    sync days  discovering...
    sync days  ingesting  3 / 3 items
    "#);
}

#[test]
fn a_day_that_is_none_is_wrong_usage() {
    let refused = days().run(&["sync", "days", "--since", "yesterday"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("like 2025-01-31"), "{}", refused.stderr);
}

#[test]
fn c14_one_malformed_element_is_skipped_and_counted() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "torn.lua",
        "connector = { description = \"Torn\" }\n\
         function connector.scan()\n  \
           return { \"no table\", { source_id = \"a\", body = \"alpha\" }, { source_id = \"b\" } }\n\
         end\n",
    );
    workspace.config("[sources.torn]\nextension = \"torn\"\n");
    let synced = workspace.run(&["sync", "torn", "--json"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    assert!(synced.stdout.contains("\"added\":1"), "{}", synced.stdout);
    assert!(synced.stdout.contains("\"skipped\":2"), "{}", synced.stdout);
}

#[test]
fn c14_an_agent_that_names_no_tools_keeps_those_it_declared() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "keeps.lua",
        "agent = { name = \"keeps\", description = \"Keeps\", tools = { \"search\" } }\n\
         function agent.resolve() return { system = \"Be kind.\" } end\n",
    );
    let shown = workspace.run(&["agent", "test", "keeps"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("Tools: search\n"), "{}", shown.stdout);
    assert!(!shown.stdout.contains("Tools override"), "{}", shown.stdout);
}
