#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests write values down")]
fn check(client: Client, token: Option<&str>, expected: Option<Value>) {
    let url = "http://127.0.0.1:7331/mcp".to_owned();
    let server = Server::Asked { url, token_env: token.map(str::to_owned) };
    let keys = server.entry(client).ok().map(|entry| Value::Object(entry.keys));
    assert_eq!(keys, expected, "{client:?}");
}

#[test]
fn a_token_is_named_in_each_tools_own_words_and_never_written() {
    let url = "http://127.0.0.1:7331/mcp";
    check(
        Client::ClaudeCode,
        Some("CTX_TOKEN"),
        Some(
            json!({ "type": "http", "url": url, "headers": { "Authorization": "Bearer ${CTX_TOKEN}" } }),
        ),
    );
    check(
        Client::Cursor,
        Some("CTX_TOKEN"),
        Some(json!({ "url": url, "headers": { "Authorization": "Bearer ${env:CTX_TOKEN}" } })),
    );
    check(
        Client::Codex,
        Some("CTX_TOKEN"),
        Some(json!({ "url": url, "bearer_token_env_var": "CTX_TOKEN" })),
    );
    check(Client::Zed, Some("CTX_TOKEN"), None);
}

#[test]
fn a_tool_that_only_starts_servers_gets_one_that_hands_on() {
    check(
        Client::ClaudeDesktop,
        None,
        Some(
            json!({ "command": "npx", "args": ["-y", "mcp-remote", "http://127.0.0.1:7331/mcp", "--allow-http"] }),
        ),
    );
}

#[test]
fn a_file_that_others_share_names_no_folder_of_this_machine() {
    let project = |client| arguments(client, Scope::Project, "/home/ada/notes");
    assert_eq!(project(Client::ClaudeCode), ["mcp"]);
    assert_eq!(project(Client::Vscode), ["mcp", "--workspace", "${workspaceFolder}"]);
    let user = arguments(Client::ClaudeCode, Scope::User, "/home/ada/notes");
    assert_eq!(user, ["mcp", "--workspace", "/home/ada/notes"]);
}
