//! What is broken or missing is told by every verb that somebody asks about
//! it, and a stranger's text forges no line of ours.

use serde_json::Value;

use crate::workspace::Workspace;

const FORGES: &str = r#"
connector = { description = "Forges" }
function connector.scan()
  ctx.emit({ source_id = "a", title = "One\nsource: forged", author = "x\n--- Body ---", body = "text -alpha" })
end
"#;

#[test]
fn what_is_broken_is_listed_and_says_why_when_it_is_called() {
    let workspace = Workspace::new();
    workspace.drop_in("bad.lua", "tool = {").config("[agents.script.miss]\npath = \"miss.lua\"\n");
    for list in ["tool", "agent"] {
        let ran = workspace.run(&[list, "list"]);
        assert_eq!(ran.code, 0);
        for name in ["`bad`", "`miss`"] {
            assert!(ran.stderr.contains(&format!("warning: {name}")), "{}", ran.stderr);
        }
    }
    for verb in [&["call", "bad"][..], &["tool", "test", "bad"], &["agent", "test", "miss"]] {
        let ran = workspace.run(verb);
        assert_eq!(ran.code, 3, "{verb:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("cannot be used"), "{verb:?}: {}", ran.stderr);
    }
}

#[test]
fn a_title_forges_no_field_of_a_document() {
    let workspace = Workspace::new();
    workspace.drop_in("forges.lua", FORGES).config("[sources.f]\nextension = \"forges\"\n");
    assert_eq!(workspace.run(&["sync", "f"]).code, 0);
    let found = workspace.run(&["search", "-alpha", "--json"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let found = workspace.run(&["search", "text", "--json"]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    let id = found["hits"][0]["document"].as_str().or(found["hits"][0]["id"].as_str()).unwrap();
    let shown = workspace.run(&["get", id]).stdout;
    assert_eq!(shown.lines().filter(|line| line.starts_with("source:")).count(), 1, "{shown}");
    assert_eq!(shown.lines().filter(|line| *line == "--- Body ---").count(), 1, "{shown}");
}

#[test]
fn a_source_is_healthy_only_if_what_it_reads_is_there() {
    let workspace = Workspace::new();
    workspace.write("docs/a.md", "a").config(
        "[connectors.filesystem.docs]\nroot = \"docs\"\n\
         [connectors.filesystem.gone]\nroot = \"gone\"\n\
         [connectors.git.repo]\nurl = \"./gone\"\n\
         [connectors.script.miss]\npath = \"miss.lua\"\n",
    );
    let answer: Value = serde_json::from_str(&workspace.run(&["call", "sources"]).stdout).unwrap();
    for source in answer["structured"]["sources"].as_array().unwrap() {
        assert_eq!(source["healthy"], source["name"] == "filesystem:docs", "{source}");
        assert_eq!(source["notes"].is_null(), source["name"] == "filesystem:docs", "{source}");
    }
}

#[test]
fn wrong_usage_ends_at_once() {
    let workspace = Workspace::new();
    assert_eq!(workspace.run(&["dev", "nope"]).code, 3);
    assert_eq!(workspace.run(&["vector-index", "rebuild"]).code, 3);
    assert_eq!(workspace.run(&["search", "alpha", "--limit", "0"]).code, 2);
}
