//! What an entry of a trusted config may do, and what it is told when that is
//! not enough.

use ctx_core::{Consent, Host, ToolCall};
use ctx_model::{CallError, Caller, Denial, NamedBy, Refusal};
use serde_json::json;

use crate::workspace::{Workspace, call, script, write};

/// A tool in the root of the workspace, by its bare name.
fn workspace(body: &str, entry: &str) -> (Workspace, std::sync::Arc<Host>) {
    let workspace = Workspace::new();
    write(&workspace.path("workspace/t.lua"), script("t", body));
    write(&workspace.path("outside.txt"), "secret");
    workspace.config(&format!("[tools.script.t]\npath = 't.lua'\n{entry}"));
    let host = workspace.open();
    host.trust().unwrap();
    (workspace, host)
}

async fn denied(host: &Host) -> (Vec<Denial>, NamedBy) {
    let call = ToolCall {
        tool: "t".to_owned(),
        arguments: json!({}),
        resumed: None,
        caller: Caller::default(),
    };
    match host.call(call).await.outcome {
        Err(CallError::Refused(Refusal::Denied { denials, entry, .. })) => {
            (denials, *entry.unwrap())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_a_bare_name_opens_no_folder() {
    for body in ["fs.read('/etc/hostname')", "pcall(fs.list, '/etc', 'host*')", "fs.read('t.lua')"]
    {
        let (_workspace, host) = workspace(body, "");
        let (denials, _) = denied(&host).await;
        assert!(matches!(denials[0], Denial::Folder(_) | Denial::Path { .. }), "{denials:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_its_own_folder_is_lent_on_the_operators_word_and_nothing_outside() {
    let allow = "allow = { fs = ['.'] }";
    let (_workspace, host) = workspace("return fs.read('t.lua')", allow);
    assert!(call(&host, "t").await.unwrap().contains("function tool.execute"));
    for path in ["/etc/hostname", "../outside.txt"] {
        let (_workspace, host) = workspace(&format!("return fs.read('{path}')"), allow);
        let said = call(&host, "t").await.unwrap_err();
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_variables_that_the_entry_does_not_name_are_denied() {
    let (_workspace, host) = workspace("return env.get('PATH')", "");
    let (denials, entry) = denied(&host).await;
    assert_eq!(denials, [Denial::Env("PATH".to_owned())]);
    assert_eq!(entry.section, "tools.script.t");
    assert_eq!(entry.file.as_deref(), Some(".ctx/config.toml"));
    for entry in ["key = 'x${PATH}'", "allow = { env = ['PATH'] }"] {
        let (_workspace, host) = workspace("return env.get('PATH')", entry);
        assert_eq!(call(&host, "t").await.unwrap(), std::env::var("PATH").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s9_a_host_that_is_hard_coded_is_denied_and_one_in_the_settings_is_not() {
    // Nobody listens there: being refused a connection is being let through.
    let body = "local ok, why = pcall(http.get, 'http://127.0.0.1:9/')\n\
                return 'tried'";
    let (_workspace, host) = workspace(body, "allow = { env = ['A'] }");
    let (denials, entry) = denied(&host).await;
    assert!(matches!(denials[0], Denial::Http { requested: true, .. }), "{denials:?}");
    assert_eq!(entry.allow, [("env", "A".to_owned())]);
    let (_workspace, host) = workspace(body, "base_url = 'http://127.0.0.1:9/api'");
    assert_eq!(call(&host, "t").await.unwrap(), "tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_once_holds_for_the_path_and_outlives_an_edit() {
    let (workspace, host) = workspace("return 'one ' .. tostring(env.get('PATH') ~= nil)", "");
    denied(&host).await;
    let catalog = host.catalog().await.unwrap();
    let values = vec!["PATH".to_owned()];
    let consent = Consent::Values { capability: "env".to_owned(), values };
    host.grant(catalog.extension("t").unwrap(), &consent).unwrap();
    assert_eq!(call(&host, "t").await.unwrap(), "one true");
    let edited = script("t", "return 'two ' .. tostring(env.get('PATH') ~= nil)");
    write(&workspace.path("workspace/t.lua"), edited);
    host.reload().await.unwrap();
    assert_eq!(call(&host, "t").await.unwrap(), "two true");
    // It may not do more than that.
    write(&workspace.path("workspace/t.lua"), script("t", "return env.get('HOME')"));
    host.reload().await.unwrap();
    denied(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_may_search_as_they_may_there() {
    let (_workspace, host) = workspace("return #context.search('word')", "");
    assert_eq!(call(&host, "t").await.unwrap(), "0");
}
