//! The sections of Context Harness: sources, inline agents, the place of the
//! database, and configs that are wrong in places.

use std::fs;

use ctx_core::{Host, HostOptions, PromptCall};
use ctx_model::{CallError, Caller, PromptReply, Refusal};
use serde_json::Value;

use crate::workspace::{Workspace, write};

const CONFIG: &str = r#"
[db]
path = "./data/harness.sqlite"
[chunking]
max_tokens = 700
overlap_tokens = 80
[retrieval]
final_limit = 12
[server]
bind = "127.0.0.1:7331"
[connectors.filesystem.docs]
root = "./docs"
[connectors.git.repo]
url = "https://github.com/acme/repo.git"
branch = "main"
[connectors.s3.bucket]
bucket = "b"
[connectors.filesystem.rootless]
include_globs = ["**/*.md"]
[agents.inline.reviewer]
description = "Reviews code"
tools = ["search", "get"]
system_prompt = "You review code."
"#;

async fn prompt(host: &Host, agent: &str) -> Result<PromptReply, CallError> {
    let call = PromptCall {
        agent: agent.to_owned(),
        arguments: Value::Null,
        resumed: None,
        caller: Caller::default(),
    };
    host.prompt(call).await.outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn connectors_are_sources_and_a_broken_one_says_why() {
    let workspace = Workspace::new();
    workspace.config(CONFIG);
    let host = workspace.open();
    let sources = host.sources().await.unwrap();
    // This host carries no connectors, which is all that is wrong with most.
    let all: Vec<_> =
        sources.iter().map(|one| (one.name.as_str(), one.note.as_deref().unwrap())).collect();
    let wanted = [
        ("filesystem:docs", "there is no connector `files`"),
        ("filesystem:rootless", "`root` is required"),
        ("git:repo", "there is no connector `git`"),
        ("s3:bucket", "there is no connector `s3`"),
    ];
    assert_eq!(all, wanted);
    assert_eq!(host.bind(), None, "a clone opens no port");
    host.trust().unwrap();
    assert_eq!(host.bind().as_deref(), Some("127.0.0.1:7331"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_an_inline_agent_is_an_agent_like_any_other() {
    let workspace = Workspace::new();
    workspace.config(CONFIG);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    let (extension, agent) = catalog.agent("reviewer").unwrap();
    assert_eq!(extension.form.as_str(), "toml");
    assert_eq!(agent.info.tools, ["search", "get"]);
    let refused = prompt(&host, "reviewer").await;
    assert!(matches!(refused, Err(CallError::Refused(Refusal::Untrusted { .. }))), "{refused:?}");
    host.trust().unwrap();
    let PromptReply::Done(prepared) = prompt(&host, "reviewer").await.unwrap() else { panic!() };
    assert_eq!(prepared.system, "You review code.");
    assert_eq!(prepared.tools.unwrap(), ["search", "get"]);
    workspace.config(&CONFIG.replace("You review", "You praise"));
    host.reload().await.unwrap();
    host.trust().unwrap();
    let PromptReply::Done(prepared) = prompt(&host, "reviewer").await.unwrap() else { panic!() };
    assert_eq!(prepared.system, "You praise code.");
}

#[test]
fn the_database_is_where_the_config_says_and_collides_with_nothing() {
    let workspace = Workspace::new();
    workspace.config(CONFIG);
    write(&workspace.path("workspace/data/index"), "not ours");
    let host = workspace.open();
    assert!(host.has_workspace(), "{:?}", host.warnings());
    assert!(workspace.path("workspace/data/harness.sqlite").is_file());
    assert!(!workspace.path("workspace/.ctx/data/ctx.sqlite").exists());
    assert_eq!(fs::read(workspace.path("workspace/data/index")).unwrap(), b"not ours");
}

#[test]
fn a_clone_puts_no_database_outside_of_itself() {
    for path in ["../elsewhere.sqlite", "link/ctx.sqlite"] {
        let workspace = Workspace::new();
        fs::create_dir(workspace.path("target")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(workspace.path("target"), workspace.path("workspace/link"))
            .unwrap();
        workspace.config(&format!("[db]\npath = '{path}'"));
        let host = workspace.open();
        assert!(!host.has_workspace());
        assert!(host.warnings().iter().any(|one| one.contains("ctx trust")), "{path}");
        assert_eq!(fs::read_dir(workspace.path("target")).unwrap().count(), 0);
        host.trust().unwrap();
        drop(host);
        assert!(workspace.open().has_workspace(), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_clone_writes_nowhere_through_links_beside_its_database() {
    for beside in [".locks", ".index", "-wal", "-shm", "-journal"] {
        let workspace = Workspace::new();
        fs::create_dir(workspace.path("target")).unwrap();
        let link = workspace.path(&format!("workspace/x.sqlite{beside}"));
        std::os::unix::fs::symlink(workspace.path("target"), link).unwrap();
        workspace.config("[db]\npath = 'x.sqlite'");
        assert!(!workspace.open().has_workspace(), "{beside}");
        assert_eq!(fs::read_dir(workspace.path("target")).unwrap().count(), 0, "{beside}");
    }
}

#[test]
fn a_clone_puts_no_database_among_what_is_read_as_something_else() {
    for path in [".git/config", ".GIT/config", ".ctx/extensions/x.lua", ":memory:"] {
        let workspace = Workspace::new();
        workspace.config(&format!("[db]\npath = '{path}'"));
        let host = workspace.open();
        assert!(!host.has_workspace(), "{path}");
        assert!(host.warnings().iter().any(|one| one.contains("`db.path`")), "{path}");
        assert!(!workspace.path("workspace").join(path).exists(), "{path}");
    }
}

#[test]
fn init_hides_no_config_that_is_elsewhere() {
    for place in ["config/ctx.toml", "ctx.toml"] {
        let workspace = tempfile::tempdir().unwrap();
        write(&workspace.path().join(place), CONFIG);
        let created = ctx_core::init(workspace.path()).unwrap();
        assert!(!created.iter().any(|path| path.ends_with("config.toml")), "{created:?}");
        let places = ctx_core::Places::below(&workspace.path().join("own"));
        let host = Host::open(HostOptions::new(workspace.path(), places)).unwrap();
        assert!(host.has_workspace());
        assert!(host.config_file().unwrap().0.ends_with(place));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_is_wrong_in_places_is_read_all_the_same() {
    let workspace = Workspace::new();
    workspace.config(
        "[chunking]\nmax_tokens = 0\nmax_token = 5\n[server]\nbind = 5\n[tool.script.x]\n\
         [connectors.filesystm.x]\nroot = '.'\n[connectors.filesystem]\nroot = 'flat'\n\
         [connectors.filesystem.good]\nroot = '.'\ninclude_glob = []\n[agents.inline.a]\n\
         [registries.community]\npth = '~/x'\n",
    );
    let host = workspace.open();
    let warnings = host.warnings();
    for wanted in [
        "`chunking.max_tokens` must be > 0",
        "did you mean `max_tokens`",
        "`server.bind` must be a string",
        "did you mean `tools`",
        "did you mean `filesystem`",
        "write `[connectors.filesystem.NAME]`",
        "did you mean `include_globs`",
        "`[registries.community]` is left out: it needs a `url` or a `path`",
    ] {
        assert!(warnings.iter().any(|one| one.contains(wanted)), "{wanted}: {warnings:#?}");
    }
    let catalog = host.catalog().await.unwrap();
    assert!(catalog.problems[0].why.contains("`description"), "{:?}", catalog.problems);
    let sources = host.sources().await.unwrap();
    assert_eq!(sources.len(), 1);
    assert!(sources[0].note.as_deref().unwrap().contains("no connector"));
}

#[test]
fn every_value_has_an_origin() {
    let workspace = Workspace::new();
    workspace.config(CONFIG);
    write(&workspace.path("config/config.toml"), "[server]\nbind = 'user:1'\n[retrieval]\nx = 1");
    let find = |host: &Host, key: &str| {
        let all = host.config_shown().unwrap();
        let one = all.into_iter().find(|one| one.key == key).unwrap();
        format!("{} {}", one.value, one.origin)
    };
    let host = workspace.open();
    assert_eq!(find(&host, "server.bind"), "\"127.0.0.1:7331\" workspace");
    assert_eq!(find(&host, "retrieval.x"), "1 user");
    assert_eq!(find(&host, "connectors.filesystem.docs.follow_symlinks"), "false default");
    drop(host);
    let named = workspace.path("named.toml");
    write(&named, "[server]\nbind = 'named:3'");
    let host = workspace.open_by(|options| HostOptions { config: Some(named), ..options });
    assert_eq!(find(&host, "server.bind"), "\"named:3\" flag");
    assert_eq!(find(&host, "chunking.max_tokens"), "700 default", "it is read alone");
}

#[test]
fn a_config_that_the_environment_names_is_read_alone_and_may_be_relative() {
    let workspace = Workspace::new();
    workspace.config("[server]\nbind = 'workspace:1'");
    write(&workspace.path("config/config.toml"), "[server]\nbind = 'user:2'");
    write(&workspace.path("workspace/etc/other.toml"), "[chunking]\nmax_tokens = 9");
    let mut places = ctx_core::Places::below(&workspace.path(""));
    places.config_file = Some("etc/other.toml".into());
    let host = workspace.open_by(|options| HostOptions { places, ..options });
    let all = host.config_shown().unwrap();
    let find = |key: &str| all.iter().find(|one| one.key == key).unwrap();
    assert_eq!(find("chunking.max_tokens").origin, "environment");
    assert_eq!(find("server.bind").origin, "default");
    assert_eq!(host.bind(), None);
}

#[test]
fn the_workspaces_config_is_merged_over_the_users_key_by_key() {
    let workspace = Workspace::new();
    write(
        &workspace.path("config/config.toml"),
        "[server]\nbind = 'user:2'\n[extensions]\ndeny = ['a', 'b']\n[chunking]\nmax_tokens = 5",
    );
    fs::remove_file(workspace.path("workspace/.ctx/config.toml")).unwrap();
    write(
        &workspace.path("workspace/config/ctx.toml"),
        "[server]\nbind = 'here:1'\n[extensions]\ndeny = ['c']",
    );
    write(&workspace.path("workspace/ctx.toml"), "[server]\nbind = 'farther:3'");
    let host = workspace.open();
    let all = host.config_shown().unwrap();
    let find = |key: &str| all.iter().find(|one| one.key == key).map(|one| one.value.as_str());
    assert_eq!(find("server.bind"), Some("\"here:1\""));
    assert_eq!(find("extensions.deny"), Some("[\"c\"]"));
    assert_eq!(find("chunking.max_tokens"), Some("5"));
    assert_eq!(host.bind().as_deref(), Some("user:2"), "a clone opens no port");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_behind_a_nearer_one_is_named() {
    let workspace = Workspace::new();
    fs::remove_file(workspace.path("workspace/.ctx/config.toml")).unwrap();
    write(&workspace.path("workspace/config/ctx.toml"), CONFIG);
    let said = |host: &Host| {
        host.warnings().into_iter().find(|one| one.contains("is nearer")).unwrap_or_default()
    };
    assert_eq!(said(&workspace.open()), "");
    workspace.config("");
    assert_eq!(
        said(&workspace.open()),
        "nobody reads config/ctx.toml: .ctx/config.toml is nearer; move what it says there"
    );
}
