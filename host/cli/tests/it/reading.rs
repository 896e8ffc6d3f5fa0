//! What is stored, as a person, a script and another program read it.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::workspace::Workspace;

const NOTES: &str = r##"
connector = { description = "Notes", settings = {} }
function connector.scan(config)
  return {
    {
      source_id = "a", title = "First", body = "# Head\n\nalpha beta\n",
      source_url = "https://example.com/a", author = "Ada", content_type = "text/markdown",
      created_at = "2025-01-01T00:00:00Z", updated_at = "2025-01-02T03:04:05Z",
      metadata = { stars = 5 },
    },
    { source_id = "b", body = "beta", updated_at = "2025-03-01T00:00:00Z" },
  }
end
"##;

fn notes() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("notes.lua", NOTES);
    workspace.config("[sources.notes]\nextension = \"notes\"\n");
    assert_eq!(workspace.run(&["sync", "notes"]).code, 0);
    workspace
}

#[test]
fn a_search_is_told_in_labelled_lines() {
    let workspace = notes();
    insta::assert_snapshot!(workspace.block(&["search", "alpha"]), @r##"
    exit 0
    --- stdout
    1. [0.58] notes / First
        updated: 2025-01-02T03:04:05Z
        source: notes
        url: https://example.com/a
        excerpt: "# Head alpha beta"
        id: f9719322-5ef2-5368-80e2-396c2eff2195
    "##);
    insta::assert_snapshot!(workspace.block(&["search", "omega"]), @r#"
    exit 0
    --- stdout
    No results.
    "#);
}

#[test]
fn c4_filters_apply_before_the_best_are_taken() {
    let workspace = notes();
    let found = |arguments: &[&str]| {
        let found = workspace.run(arguments);
        assert_eq!(found.code, 0, "{}", found.stderr);
        found.stdout.matches("    id: ").count()
    };
    assert_eq!(found(&["search", "beta"]), 2);
    assert_eq!(found(&["search", "beta", "--since", "2025-01-03"]), 1);
    assert_eq!(found(&["search", "beta", "--until", "2025-01-02"]), 1);
    assert_eq!(found(&["search", "beta", "--since", "2025-01-02", "--until", "2025-03-01"]), 2);
    assert_eq!(found(&["search", "beta", "--limit", "1"]), 1);
}

#[test]
fn a_document_is_shown_with_its_chunks() {
    let workspace = notes();
    let found = workspace.run(&["search", "alpha", "--json"]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    let id = found["hits"][0]["id"].as_str().unwrap();
    insta::assert_snapshot!(workspace.block(&["get", id]), @r#"
    exit 0
    --- stdout
    --- Document ---
    id:           f9719322-5ef2-5368-80e2-396c2eff2195
    title:        First
    source:       notes
    source_id:    a
    source_url:   https://example.com/a
    author:       Ada
    created_at:   2025-01-01T00:00:00Z
    updated_at:   2025-01-02T03:04:05Z
    content_type: text/markdown
    metadata:     {"stars":5}

    --- Body ---
    # Head

    alpha beta

    --- Chunks (1) ---
    [chunk 0]
    # Head

    alpha beta
    "#);
}

#[test]
fn sources_say_whether_they_are_configured_and_work() {
    let workspace = notes();
    workspace.config("[sources.other]\nextension = \"gone\"\n");
    let shown = workspace.run(&["sources"]).stdout;
    let mut lines = shown.lines();
    assert!(lines.next().unwrap().starts_with("CONNECTOR        STATUS       HEALTHY"));
    assert!(lines.next().unwrap().starts_with("notes            NOT CONFIGURED false"));
    assert!(lines.next().unwrap().starts_with("other            OK           false"));
}

#[test]
fn stats_tell_each_source() {
    let workspace = notes();
    let shown = workspace.run(&["stats"]).stdout;
    for line in [
        "  Documents:   2",
        "  Chunks:      2",
        "  By source:",
        "  SOURCE                     DOCS   CHUNKS   LAST SYNC",
        "  notes                         2        2   just now",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
}

#[test]
fn an_export_is_one_object_with_documents_and_chunks() {
    let workspace = notes();
    let written = workspace.run(&["export", "--output", "all.json"]);
    assert_eq!(written.stderr, "Exported 2 documents, 2 chunks to all.json\n");
    let file = std::fs::read_to_string(workspace.path().join("all.json")).unwrap();
    assert_eq!(workspace.run(&["export"]).stdout, file);
    let all: Value = serde_json::from_str(&file).unwrap();
    let first =
        all["documents"].as_array().unwrap().iter().find(|d| d["source_id"] == "a").unwrap();
    assert_eq!(first["source"], "notes");
    assert_eq!(first["title"], "First");
    assert_eq!(first["source_url"], "https://example.com/a");
    assert_eq!(first["updated_at"], 1_735_787_045);
    assert_eq!(first["body"], "# Head\n\nalpha beta\n");
    let chunk =
        all["chunks"].as_array().unwrap().iter().find(|c| c["document_id"] == first["id"]).unwrap();
    assert_eq!(chunk["chunk_index"], 0);
    assert!(chunk["text"].as_str().unwrap().contains("alpha beta"));
    assert!(!workspace.path().join("all.json.partial").exists());
}

#[test]
fn an_export_of_nothing_is_still_an_object() {
    let workspace = Workspace::new();
    let all: Value = serde_json::from_str(&workspace.run(&["export"]).stdout).unwrap();
    assert_eq!(all, serde_json::json!({ "documents": [], "chunks": [] }));
}

#[test]
fn completions_and_manual_pages_are_made_for_every_command() {
    let workspace = Workspace::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = workspace.run(&["completions", shell]);
        assert!(script.code == 0 && script.stdout.contains("ctx"), "{shell}");
    }
    assert_eq!(workspace.run(&["man", "--dir", "man"]).code, 0);
    for page in ["ctx.1", "ctx-sync.1", "ctx-ext-list.1"] {
        let text = std::fs::read_to_string(workspace.path().join("man").join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
}

#[test]
fn a_config_that_is_here_already_is_kept_and_not_hidden() {
    let workspace = Workspace::new();
    let own = workspace.path().join(".ctx");
    std::fs::remove_dir_all(&own).unwrap();
    workspace.write("config/ctx.toml", "[sources.notes]\nextension = \"files\"\nroot = \".\"\n");
    let made = workspace.run(&["init"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.ends_with("Database initialized successfully.\n"), "{}", made.stdout);
    assert!(made.stderr.contains("ctx trust"), "{}", made.stderr);
    assert!(!own.join("config.toml").exists());
    assert!(workspace.run(&["sources"]).stdout.contains("notes"));
}

#[test]
fn row_10_serve_serves_all_with_and_without_saying_mcp() {
    let workspace = Workspace::new();
    for protocol in [None, Some("mcp")] {
        let mut words = vec!["serve", "--bind", "127.0.0.1:0", "--json"];
        words.extend(protocol);
        let mut command = workspace.command(&words);
        let mut serving = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(serving.stdout.take().unwrap()).read_line(&mut line).unwrap();
        serving.kill().unwrap();
        serving.wait().unwrap();
        assert!(line.contains("\"address\":\"127.0.0.1:"), "{protocol:?}: {line}");
    }
}
