//! Scripts that a config names one by one: what they are called, which role
//! they play, and what a broken one takes with it.

use std::fs;

use ctx_core::{Allow, Host, HostOptions, Places, PromptCall, ScriptEntry, SyncOptions, ToolCall};
use ctx_model::{CallError, Caller, Outcome, PromptReply, Refusal, Role};
use serde_json::{Value, json};

use crate::workspace::{Workspace, call, until, write};

const CONNECTOR: &str = "
connector = {}
function connector.scan(config)
  return { { source_id = 'one', body = 'greeting ' .. config.greeting, title = 'One' } }
end
";

const TOOL: &str = "
tool = { name = 'create_ticket', description = 'Says its settings' }
function tool.execute(params, context) return context.config.key end
";

const AGENT: &str = "
agent = { name = 'ignored', description = 'Prepares', tools = { 'search' } }
function agent.resolve(args, config) return { system = 'You are ' .. config.who } end
";

const CONFIG: &str = "
[connectors.script.my_feed]
path = 'connectors/feed.lua'
greeting = 'hello'

[tools.script.ticket_maker]
path = 'tools/ticket.lua'
key = 'K-1'

[agents.script.ticket_maker]
path = 'agents/maker.lua'
who = 'kind'
";

fn workspace(config: &str) -> Workspace {
    let workspace = Workspace::new();
    write(&workspace.path("workspace/connectors/feed.lua"), CONNECTOR);
    write(&workspace.path("workspace/tools/ticket.lua"), TOOL);
    write(&workspace.path("workspace/agents/maker.lua"), AGENT);
    workspace.config(config);
    workspace
}

async fn prompt(host: &Host, agent: &str) -> Outcome<PromptReply> {
    let call = PromptCall {
        agent: agent.to_owned(),
        arguments: Value::Null,
        resumed: None,
        caller: Caller::default(),
    };
    host.prompt(call).await.outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_is_an_extension_of_one_role_named_by_its_key() {
    let workspace = workspace(CONFIG);
    let host = workspace.open();
    host.trust().unwrap();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.problems, []);
    let all: Vec<_> =
        catalog.installed.values().map(|one| (one.name.as_str(), &*one.roles)).collect();
    assert_eq!(
        all,
        [
            ("my-feed", &[Role::Connector][..]),
            ("ticket-maker", &[Role::Tool]),
            ("ticket-maker-agent", &[Role::Agent]),
        ]
    );
    assert_eq!(catalog.extension("my-feed").unwrap().place, "connectors/feed.lua");
    assert!(catalog.tool("ticket-maker/ticket_maker").is_some());
    assert_eq!(call(&host, "ticket_maker").await.unwrap(), "K-1");
    let PromptReply::Done(prompt) = prompt(&host, "ticket_maker").await.unwrap() else { panic!() };
    assert_eq!(prompt.system, "You are kind");
    let options = SyncOptions::default();
    let receipt = host.sync("script:my_feed", &options, &mut |_| {}).await.unwrap();
    assert_eq!(receipt.outcome.unwrap().added, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_counts_only_once_its_config_is_trusted() {
    let workspace = workspace(CONFIG);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.installed.len(), 3, "it is listed all the same");
    let outcome = host
        .call(ToolCall {
            tool: "ticket_maker".to_owned(),
            arguments: json!({}),
            resumed: None,
            caller: Caller::default(),
        })
        .await
        .outcome;
    assert!(matches!(outcome, Err(CallError::Refused(Refusal::Untrusted { .. }))), "{outcome:?}");
    let outcome = prompt(&host, "ticket_maker").await;
    assert!(matches!(outcome, Err(CallError::Refused(Refusal::Untrusted { .. }))), "{outcome:?}");
    let options = SyncOptions::default();
    let outcome = host.sync("script:my_feed", &options, &mut |_| {}).await.unwrap().outcome;
    assert!(matches!(outcome, Err(CallError::Refused(Refusal::Untrusted { .. }))), "{outcome:?}");
    host.trust().unwrap();
    assert_eq!(call(&host, "ticket_maker").await.unwrap(), "K-1");
    // What is pulled in afterwards has to be read first.
    workspace.config(&CONFIG.replace("K-1", "K-2"));
    host.reload().await.unwrap();
    assert!(call(&host, "ticket_maker").await.unwrap_err().contains("not trusted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c17_one_broken_entry_takes_nothing_with_it() {
    let config = format!(
        "{CONFIG}
        [tools.script.gone]\npath = 'tools/gone.lua'
        [tools.script.cut]\npath = 'tools/cut.lua'
        [tools.script.pathless]\nkey = 1
        [tools.script.mistaken]\npath = 'connectors/feed.lua'
        "
    );
    let workspace = workspace(&config);
    write(&workspace.path("workspace/tools/cut.lua"), "tool = {\n");
    let host = workspace.open();
    host.trust().unwrap();
    let catalog = host.catalog().await.unwrap();
    let problems: Vec<_> =
        catalog.problems.iter().map(|one| (one.name.as_str(), one.why.as_str())).collect();
    for (name, why) in [
        ("gone", "`tools/gone.lua` cannot be read"),
        ("cut", "unexpected symbol"),
        ("pathless", "it needs `path"),
        ("mistaken", "defines no `tool`"),
    ] {
        let found = problems.iter().find(|(found, _)| *found == name);
        assert!(found.is_some_and(|(_, found)| found.contains(why)), "{name}: {problems:?}");
    }
    assert_eq!(call(&host, "ticket_maker").await.unwrap(), "K-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_hides_a_file_of_its_name() {
    let workspace = workspace(CONFIG);
    workspace.drop_in("ticket-maker.lua", TOOL);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.problems, []);
    assert_eq!(catalog.extension("ticket-maker").unwrap().place, "tools/ticket.lua");
    assert_eq!(catalog.shadowed.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_script_or_of_its_entry_counts_without_a_restart() {
    let workspace = workspace(CONFIG);
    let config = workspace.path("workspace/.ctx/config.toml");
    let host = workspace.open_by(|options| HostOptions { config: Some(config), ..options });
    let watch = host.watch().unwrap();
    host.catalog().await.unwrap();
    assert_eq!(call(&host, "ticket_maker").await.unwrap(), "K-1");
    let path = workspace.path("workspace/tools/ticket.lua");
    fs::write(&path, TOOL.replace("return ", "return 'new ' .. ")).unwrap();
    let before = host.catalog().await.unwrap().extension("ticket-maker").unwrap().digest;
    until(&host, |all| all.extension("ticket-maker").unwrap().digest != before).await;
    assert_eq!(call(&host, "ticket_maker").await.unwrap(), "new K-1");
    workspace.config(&CONFIG.replace("K-1", "K-2").replace("ticket_maker", "maker"));
    until(&host, |all| all.extension("maker").is_some()).await;
    assert_eq!(call(&host, "maker").await.unwrap(), "new K-2");
    drop(watch);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_typed_needs_no_config_and_no_trust() {
    let workspace = workspace("");
    let entry = ScriptEntry {
        kind: Role::Tool,
        name: "test".to_owned(),
        path: "tools/ticket.lua".into(),
        timeout: None,
        settings: "key = 'typed'".parse().unwrap(),
        allow: Allow::default(),
    };
    let host = workspace.open_by(|options| HostOptions { entries: vec![entry], ..options });
    assert_eq!(call(&host, "test").await.unwrap(), "typed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_config_speaks_for_no_script_of_a_clone() {
    let workspace = workspace("");
    write(&workspace.path("own/tool.lua"), TOOL);
    let own = workspace.path("own/tool.lua");
    let own = own.display();
    write(
        &workspace.path("config/config.toml"),
        format!(
            "[tools.script.mine]\npath = '{own}'\nkey = 'mine'\n\
             [tools.script.theirs]\npath = 'tools/ticket.lua'\nkey = 'theirs'\n"
        ),
    );
    let host = workspace.open();
    assert_eq!(call(&host, "mine").await.unwrap(), "mine");
    assert!(call(&host, "theirs").await.unwrap_err().contains("not trusted"));
    host.trust().unwrap();
    assert_eq!(call(&host, "theirs").await.unwrap(), "theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_filled_in_for_the_script_alone() {
    let config = "
[tools.script.t]
path = 'tools/ticket.lua'
key = '<${CTX_TEST_NEVER_SET}|${CTX_TEST_NEVER_SET:-d}|$HOME|${'
";
    let workspace = workspace(config);
    let host = workspace.open();
    host.trust().unwrap();
    assert_eq!(call(&host, "t").await.unwrap(), "<|d|$HOME|${");
    let warnings = host.warnings();
    let named = warnings.iter().filter(|one| one.contains("CTX_TEST_NEVER_SET")).count();
    assert_eq!(named, 1, "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_variable_puts_into_settings_stays_out_of_errors() {
    let workspace = workspace("[tools.script.t]\npath = 'tools/fails.lua'\nkey = 'a ${PATH}'\n");
    let fails = TOOL.replace("return context", "error('with ' .. context");
    let fails = fails.replace(".key end", ".key) end");
    write(&workspace.path("workspace/tools/fails.lua"), fails);
    let host = workspace.open();
    host.trust().unwrap();
    let error = call(&host, "t").await.unwrap_err();
    assert!(error.contains("with a [secret]"), "{error}");
    assert!(!error.contains(&std::env::var("PATH").unwrap()), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_keys_make_names_that_protocols_know() {
    let config = "[tools.script.\"Öl & Gas.v2\"]\npath = 'tools/ticket.lua'\nkey = 'x'\n";
    let workspace = workspace(config);
    let host = workspace.open();
    host.trust().unwrap();
    let catalog = host.catalog().await.unwrap();
    let names: Vec<_> = catalog.tools().map(|(_, tool)| tool.wire_name.as_str()).collect();
    assert_eq!(names, ["_l___Gas_v2"]);
    let reply = call(&host, "_l___Gas_v2").await;
    assert_eq!(reply.unwrap(), "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_in_a_path_is_the_users() {
    let workspace = Workspace::new();
    write(&workspace.path("home/scripts/ticket.lua"), TOOL);
    workspace.config("[tools.script.ticket]\npath = '~/scripts/ticket.lua'\nkey = 'K-7'\n");
    let home = Some(workspace.path("home"));
    let host = workspace
        .open_by(|options| HostOptions { places: Places { home, ..options.places }, ..options });
    host.trust().unwrap();
    assert_eq!(call(&host, "ticket").await.unwrap(), "K-7");
}
