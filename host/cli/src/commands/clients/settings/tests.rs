#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::super::entry::Server;
use super::*;

fn entry(client: Client) -> Entry {
    let server = Server::Started { command: "ctx".to_owned(), args: vec!["mcp".to_owned()] };
    server.entry(client).unwrap()
}

/// Sets our entry, and sets it again: the second time changes nothing.
#[track_caller]
fn check(client: Client, before: &str, change: Change, after: &str) {
    let mut settings = Settings::parse(client, before).unwrap();
    assert_eq!(settings.set("ctx", &entry(client)), Ok(change));
    let text = settings.text();
    assert_eq!(text, after);
    let mut again = Settings::parse(client, &text).unwrap();
    assert_eq!(again.set("ctx", &entry(client)), Ok(Change::Nothing));
    assert_eq!(again.text(), text);
}

#[test]
fn a_new_file_is_laid_out_for_people() {
    check(
        Client::ClaudeDesktop,
        "",
        Change::Added,
        r#"{
  "mcpServers": {
    "ctx": {
      "command": "ctx",
      "args": ["mcp"]
    }
  }
}
"#,
    );
    check(
        Client::Codex,
        "",
        Change::Added,
        "[mcp_servers.ctx]\ncommand = \"ctx\"\nargs = [\"mcp\"]\n",
    );
}

#[test]
fn comments_order_and_unknown_keys_stay() {
    check(
        Client::Zed,
        r#"// Mine.
{
    "theme": "One Dark", // at night
    /* servers */
    "context_servers": {
        // the other one
        "other": { "command": "other", "timeout": 5, },
    },
    "vim_mode": true,
}
"#,
        Change::Added,
        r#"// Mine.
{
    "theme": "One Dark", // at night
    /* servers */
    "context_servers": {
        // the other one
        "other": { "command": "other", "timeout": 5, },
        "ctx": {
            "command": "ctx",
            "args": ["mcp"],
        },
    },
    "vim_mode": true,
}
"#,
    );
    check(
        Client::Codex,
        "# Mine.\nmodel = \"o5\" # the big one\n\n[mcp_servers.other]\ncommand = \"other\"\n\n[tui]\nnotifications = true\n",
        Change::Added,
        "# Mine.\nmodel = \"o5\" # the big one\n\n[mcp_servers.other]\ncommand = \"other\"\n\n[tui]\nnotifications = true\n\n[mcp_servers.ctx]\ncommand = \"ctx\"\nargs = [\"mcp\"]\n",
    );
}

#[test]
fn what_somebody_added_to_our_entry_stays_and_what_contradicts_it_goes() {
    check(
        Client::ClaudeDesktop,
        r#"{ "mcpServers": { "ctx": { "url": "http://old/mcp", "env": { "A": "b" }, "command": "old" } } }"#,
        Change::Updated,
        r#"{ "mcpServers": { "ctx": {
      "env": { "A": "b" },
      "command": "ctx",
      "args": ["mcp"]
    } } }"#,
    );
    check(
        Client::Codex,
        "[mcp_servers.ctx] # mine\nurl = \"http://old/mcp\"\nstartup_timeout_sec = 20\n# of the next\n[tui]\n",
        Change::Updated,
        "[mcp_servers.ctx] # mine\ncommand = \"ctx\"\nargs = [\"mcp\"]\nstartup_timeout_sec = 20\n# of the next\n[tui]\n",
    );
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_guessed() {
    let said = |client, text: &str| match Settings::parse(client, text) {
        Err(why) => why,
        Ok(mut settings) => settings.set("ctx", &entry(client)).unwrap_err(),
    };
    assert_eq!(said(Client::Cursor, "[]"), "it holds no object");
    assert_eq!(said(Client::Cursor, r#"{"mcpServers": []}"#), "`mcpServers` in it is no object");
    assert_eq!(
        said(Client::Cursor, r#"{"mcpServers": {}, "mcpServers": {}}"#),
        "`mcpServers` stands in it twice"
    );
    assert!(said(Client::Vscode, "{\"servers\": {").contains("line 1"));
    assert!(said(Client::Codex, "[mcp_servers").contains("line 1"));
    assert_eq!(said(Client::Codex, "mcp_servers = 1"), "`mcp_servers` in it is no table");
    assert_eq!(
        said(Client::Codex, "mcp_servers = { ctx = { command = \"old\" } }"),
        "`ctx` stands in it in a form that is not ours"
    );
}

#[test]
fn taking_it_out_gives_the_file_back() {
    let before =
        "{\n  // mine\n  \"servers\": {\n    \"other\": { \"command\": \"x\" } // stays\n  }\n}\n";
    let mut settings = Settings::parse(Client::Vscode, before).unwrap();
    settings.set("ctx", &entry(Client::Vscode)).unwrap();
    assert_eq!(settings.remove("ctx"), Ok(Change::Removed));
    assert_eq!(settings.text(), before);
    assert_eq!(settings.remove("ctx"), Ok(Change::Nothing));
    let before = "model = \"o5\"\n";
    let mut settings = Settings::parse(Client::Codex, before).unwrap();
    settings.set("ctx", &entry(Client::Codex)).unwrap();
    assert_eq!(settings.remove("ctx"), Ok(Change::Removed));
    assert_eq!(settings.text(), before);
}
