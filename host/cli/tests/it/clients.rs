//! `ctx install`, `ctx uninstall` and `ctx doctor`: the configs of AI tools in
//! a home of the test's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::workspace::{GREET, Ran, Workspace};

struct Home {
    workspace: Workspace,
}

impl Home {
    fn new() -> Self {
        Self { workspace: Workspace::new() }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.workspace.path().canonicalize().unwrap().join(relative)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.workspace.command(arguments);
        command.env("HOME", self.path("home"));
        for name in ["XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR"] {
            command.env_remove(name);
        }
        Ran::of(&mut command)
    }

    /// Returns what `ctx doctor` finds of a tool.
    fn diagnosis(&self, title: &str) -> Vec<Value> {
        let ran = self.run(&["doctor", "--json"]);
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        let checks = found["checks"].as_array().unwrap().clone();
        let is_broken = checks.iter().any(|one| one["state"] == "broken");
        assert_eq!(ran.code, i32::from(is_broken), "{found:#}");
        checks.into_iter().filter(|one| one["check"].as_str().unwrap().starts_with(title)).collect()
    }
}

fn read(path: PathBuf) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_install_writes_doctor_reaches_for_every_tool() {
    let home = Home::new();
    home.workspace.drop_in("greet.lua", GREET);
    let clients = ["claude-code", "claude-desktop", "cursor", "vscode", "codex", "zed"];
    for client in clients {
        let told = home.run(&["install", "--client", client, "--json"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!(told["change"], "added");
        let before = fs::read_to_string(told["path"].as_str().unwrap()).unwrap();
        let again = home.run(&["install", "--client", client]);
        assert!(again.stdout.contains("nothing was changed"), "{}", again.stdout);
        assert_eq!(fs::read_to_string(told["path"].as_str().unwrap()).unwrap(), before);
    }
    for title in ["Claude Code", "Claude Desktop", "Cursor", "VS Code", "Codex", "Zed"] {
        let found = home.diagnosis(title);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["state"], "well", "{found:#?}");
        assert!(found[0]["message"].as_str().unwrap().contains("answers as ctx"));
    }
    for client in clients {
        let ran = home.run(&["uninstall", "--client", client]);
        assert!(ran.stdout.starts_with("Took `ctx` out of"), "{}{}", ran.stdout, ran.stderr);
    }
    assert_eq!(read(home.path(".cursor/mcp.json")), json!({ "mcpServers": {} }));
    assert_eq!(fs::read_to_string(home.path("home/.codex/config.toml")).unwrap(), "");
}

#[test]
fn a_config_that_cannot_be_read_is_left_alone_and_told_what_to_paste() {
    let home = Home::new();
    let broken = "{ \"mcpServers\": { // mine\n";
    home.workspace.write(".cursor/mcp.json", broken);
    let ran = home.run(&["install", "--client", "cursor"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    for part in ["nothing was changed", "\"mcpServers\"", "ctx::install::unreadable"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(home.path(".cursor/mcp.json")).unwrap(), broken);
    let found = home.diagnosis("Cursor");
    assert_eq!(found[0]["state"], "broken");
}

#[test]
fn an_entry_that_is_replaced_is_kept_and_a_link_stays_a_link() {
    let home = Home::new();
    let old =
        "{\n  \"servers\": { \"ctx\": { \"type\": \"http\", \"url\": \"http://x/mcp\" } }\n}\n";
    home.workspace.write("dotfiles/mcp.json", old);
    fs::create_dir(home.path(".vscode")).unwrap();
    fs::set_permissions(home.path("dotfiles/mcp.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink(home.path("dotfiles/mcp.json"), home.path(".vscode/mcp.json")).unwrap();
    let ran = home.run(&["install", "--client", "vscode", "--json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["change"], "updated");
    assert_eq!(fs::read_to_string(told["kept"].as_str().unwrap()).unwrap(), old);
    assert!(fs::symlink_metadata(home.path(".vscode/mcp.json")).unwrap().is_symlink());
    let mode = fs::metadata(home.path("dotfiles/mcp.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let entry = &read(home.path("dotfiles/mcp.json"))["servers"]["ctx"];
    assert_eq!(entry["args"], json!(["mcp", "--workspace", "${workspaceFolder}"]));
    assert_eq!(entry.get("url"), None);
}

#[test]
fn printing_writes_nothing() {
    let home = Home::new();
    let ran =
        home.run(&["install", "--client", "zed", "--print", "--url", "http://127.0.0.1:7331"]);
    let text: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        text,
        json!({ "context_servers": { "ctx": { "url": "http://127.0.0.1:7331/mcp" } } })
    );
    assert!(!home.path(".zed").exists());
    let codes = [
        home.run(&["install", "--client", "zed", "--url", "http://a:b@c/mcp"]).code,
        home.run(&["install", "--client", "zed", "--url", "file:///mcp"]).code,
        home.run(&["install", "--client", "claude-desktop", "--scope", "project"]).code,
        home.run(&["install", "--client", "zed", "--url", "http://c/mcp", "--token-env", "T"]).code,
    ];
    assert_eq!(codes, [2, 2, 3, 3]);
}

#[test]
fn the_doctor_starts_nothing_of_a_strangers() {
    let home = Home::new();
    let evil = home.path("ctx");
    fs::write(&evil, "#!/bin/sh\ntouch was-run\n").unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let own = env!("CARGO_BIN_EXE_ctx");
    let servers = json!({ "mcpServers": {
        "ctx": { "command": evil, "args": ["mcp"] },
        "ctx-2": { "command": own, "args": ["-c", "evil.toml", "mcp"] },
        "ctx-3": { "command": own, "args": ["mcp"], "env": { "LD_PRELOAD": "evil.so" } },
        "ours": { "url": "http://example.org/mcp" },
    }});
    home.workspace.write(".mcp.json", servers.to_string());
    let states: Vec<Value> =
        home.diagnosis("Claude Code").iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["doubtful", "doubtful", "doubtful"]);
    assert!(!home.path("was-run").exists());
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_type() {
    let home = Home::new();
    let state = home.workspace.places().state;
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    home.workspace.write(
        ".mcp.json",
        json!({ "mcpServers": { "ctx": { "type": "http", "url": "http://127.0.0.1:9/mcp" } } })
            .to_string(),
    );
    home.workspace.drop_in("broken.lua", "tool = {");
    let ran = home.run(&["doctor"]);
    assert_eq!(ran.code, 1);
    for part in [
        "FAIL  state: others on this machine can look into",
        "chmod 700",
        "ok    interpreter: a script runs",
        "look  extensions:",
        "ok    index: it answers searches",
        "cannot be reached",
        "start it: `ctx serve`",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}
