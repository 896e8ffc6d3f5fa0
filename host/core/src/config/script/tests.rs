#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::time::Duration;

use ctx_model::{Limits, Role};
use toml::Value;

use super::ScriptEntry;

fn read(kind: Role, text: &str) -> Result<ScriptEntry, String> {
    let text = format!("path = 'x.lua'\n{text}");
    ScriptEntry::read(kind, "x", Value::Table(text.parse().unwrap()))
}

fn get(name: &str) -> Option<String> {
    (name == "BASE").then(|| "https://jira.example:8443/rest".to_owned())
}

#[track_caller]
fn check_origins(text: &str, wanted: &[&str]) {
    let entry = read(Role::Connector, text).unwrap();
    assert_eq!(entry.allowed(&get).http, wanted, "{text}");
}

#[test]
fn hosts_of_urls_in_settings_are_granted() {
    check_origins("url = 'https://api.example.com/v1?q=1'", &["https://api.example.com"]);
    check_origins("url = '${BASE}'", &["https://jira.example:8443"]);
    check_origins(
        "urls = ['http://a.example', { at = 'http://B.example:80/x' }]",
        &["http://a.example", "http://b.example"],
    );
    check_origins("a = 'https://x.example/1'\nb = 'https://x.example/2'", &["https://x.example"]);
    check_origins("url = 'https://[::1]:8080/'", &["https://[::1]:8080"]);
}

#[test]
fn what_is_no_url_grants_no_host() {
    let texts = ["host = 'api.example.com'", "url = 'ftp://x'", "url = 'https://*/'", "n = 5"];
    for text in texts {
        check_origins(text, &[]);
    }
}

#[test]
fn s10_only_variables_that_are_named_are_granted() {
    let entry = read(Role::Tool, "a = 'Bearer ${TOKEN}'\nallow = { env = ['MORE'] }").unwrap();
    assert_eq!(entry.allowed(&get).env, ["MORE", "TOKEN"]);
    assert_eq!(entry.allowed(&get).context, ["*"]);
}

#[test]
fn settings_reach_a_script_typed_and_without_dates() {
    let text = "i = 3\nf = 1.5\nb = true\nd = 2025-01-15\nl = [1, 'x']\nt = { k = '${BASE}' }";
    let given = read(Role::Tool, text).unwrap().filled(&get);
    let wanted = serde_json::json!({
        "i": 3, "f": 1.5, "b": true, "l": [1, "x"],
        "t": { "k": "https://jira.example:8443/rest" },
    });
    assert_eq!(given, wanted);
}

#[track_caller]
fn check_limits(kind: Role, text: &str, time: u64, scan_time: u64, fuel: u64) {
    let limits = read(kind, text).unwrap().limits(Limits::DEFAULT);
    let seconds = Duration::from_secs;
    let found = (limits.time, limits.scan_time, limits.fuel / 1_000_000_000);
    assert_eq!(found, (seconds(time), seconds(scan_time), fuel), "{kind} {text}");
}

#[test]
fn a_timeout_is_300_seconds_for_connectors_and_30_for_others() {
    check_limits(Role::Connector, "", 30, 300, 5);
    check_limits(Role::Tool, "", 30, 300, 5);
    check_limits(Role::Agent, "timeout = 60", 60, 300, 10);
    check_limits(Role::Connector, "timeout = 2", 2, 2, 5);
    check_limits(Role::Connector, "timeout = 600", 600, 600, 100);
}

#[test]
fn row_23_promised_limits_count() {
    let text = "memory_limit = '256MB'\nmax_response_size = 52428800";
    let limits = read(Role::Connector, text).unwrap().limits(Limits::DEFAULT);
    assert_eq!((limits.memory >> 20, limits.http_body >> 20), (256, 50));
}

#[test]
fn an_entry_that_makes_no_sense_says_why() {
    let why = |text: &str| read(Role::Tool, text).unwrap_err();
    assert!(why("timeout = 'soon'").contains("whole number of seconds"));
    assert!(why("allow = { htpp = [] }").contains("unknown field `htpp`"));
    assert!(why("allow = { http = ['ftp://x'] }").contains("scheme"));
    let none = ScriptEntry::read(Role::Tool, "x", Value::Table(toml::Table::new()));
    assert!(none.unwrap_err().contains("path"));
}

#[test]
fn a_setting_that_was_called_allow_before_stays_one() {
    let given = read(Role::Tool, "allow = 'all'").unwrap().filled(&get);
    assert_eq!(given, serde_json::json!({ "allow": "all" }));
}

#[test]
fn a_section_is_named_as_the_config_writes_it() {
    let entry = |name: &str| {
        let table = Value::Table("path = 'x'".parse().unwrap());
        ScriptEntry::read(Role::Connector, name, table).unwrap().section()
    };
    assert_eq!(entry("github-issues"), "connectors.script.github-issues");
    assert_eq!(entry("a.b"), "connectors.script.\"a.b\"");
}
