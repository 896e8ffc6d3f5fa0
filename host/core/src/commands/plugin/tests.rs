#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

const HEAD: &str = "[plugin]\nname = \"Word Tools\"\nversion = \"1.0\"\n";

fn read(rest: &str) -> Plugin {
    Plugin::parse(&format!("{HEAD}{rest}")).unwrap()
}

#[track_caller]
fn refused(rest: &str, why: &str) {
    let told = Plugin::parse(&format!("{HEAD}{rest}")).unwrap_err();
    assert_eq!(told, format!("its `plugin.toml` is wrong: {why}"));
}

#[test]
fn what_is_not_said_has_the_usual_values() {
    let plugin = read("[[tools]]\nname = \"count\"\ncommand = \"count.wasm --fast\"\n");
    assert_eq!(plugin.name.as_str(), "word-tools");
    let [tool] = plugin.tools.as_slice() else { panic!("{plugin:?}") };
    assert_eq!(tool.timeout, Duration::from_secs(5));
    assert_eq!(tool.schema, json!({ "type": "object" }));
    assert_eq!(tool.command.arguments, ["--fast"]);
    assert!(tool.command.is_module());
    assert_eq!(tool.description, "A tool of the plugin `Word Tools`");
    assert!(plugin.warnings.is_empty());
}

#[test]
fn unknown_keys_and_events_are_warnings_with_a_guess() {
    let plugin = read(
        "licence = \"MIT\"\n[hooks.on_sesion_start]\ncommand = \"x\"\n\
         [[tools]]\nname = \"a\"\ncommand = \"b\"\ntimout_ms = 5\n",
    );
    assert!(plugin.hooks.is_empty());
    assert_eq!(
        plugin.warnings,
        [
            "`plugin.licence` in its `plugin.toml`: nobody reads it",
            "`hooks.on_sesion_start` in its `plugin.toml`: there is no such event; did you mean \
             `on_session_start`?",
            "`tools.timout_ms` in its `plugin.toml`: nobody reads it; did you mean `timeout_ms`?",
        ]
    );
}

#[test]
fn what_is_wrong_is_named() {
    refused("[[tools]]\nname = \"a\"\n", "`tools.a.command` is missing");
    refused("[[tools]]\nname = \"a\"\ncommand = \"  \"\n", "`tools.a.command` is empty");
    refused(
        "[[tools]]\nname = \"a\"\ncommand = \"x\"\ntimeout_ms = 0\n",
        "`tools.a.timeout_ms` is no number of milliseconds above 0",
    );
    refused(
        "[[tools]]\nname = \"a\"\ncommand = \"x\"\ninput_schema = \"string\"\n",
        "`input_schema` of the tool `a` is no table",
    );
    refused(
        "[[tools]]\nname = \"a\"\ncommand = \"../x.wasm\"\n",
        "`tools.a.command` names a program outside of the plugin's folder",
    );
    refused(
        "[trust]\npermissions = [\"network\", \"root\"]\n",
        "`trust.permissions` has `root`, and knows `network`, `fs_write` and `env_passthrough`",
    );
    refused("[tools]\nname = \"a\"\n", "`tools` is no list: write `[[tools]]`");
}
