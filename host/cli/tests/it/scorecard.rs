//! The scorecard: a line for each extension and check, whatever it is made of,
//! and what is known of it afterwards.

use std::fs;

use serde_json::{Value, json};

use crate::workspace::{GREET, Ran, Workspace};

/// A plugin of LeanCTX whose program nobody allowed.
const PLUGIN: &str = "[plugin]\nname = \"asked\"\nversion = \"1\"\n\n[[tools]]\nname = \"ask\"\n\
                      command = \"sh run.sh\"\n";

/// A chunker that only fails.
const FAILS: &str = "chunker = { name = \"fails\", description = \"Fails\" }\n\
                     function chunker.split() error(\"never\") end\n";

/// A module that exports nothing.
const NOTHING: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// One of everything that may lie in an extensions folder.
fn all() -> Workspace {
    let workspace = Workspace::new();
    workspace
        .drop_in("greet.lua", GREET)
        .drop_in("my_ext.wasm", ctx_bundle::ABI_V1_MODULE)
        .drop_in("asked/plugin.toml", PLUGIN)
        .drop_in("asked/run.sh", "cat\n")
        .drop_in("fails.lua", FAILS)
        .drop_in("nothing.wasm", NOTHING);
    workspace
}

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr))
}

/// What the capabilities say of one extension.
fn conformance(workspace: &Workspace, name: &str) -> Value {
    let document = parsed(&workspace.run(&["capabilities", "--json"]));
    let all = document["installed"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap()["conformance"].clone()
}

#[test]
fn the_scorecard_has_a_line_for_each_extension_and_check() {
    let workspace = all();
    let ran = workspace.run(&["conformance", ".ctx/extensions"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for line in [
        "[ok]   compressor/works:my-ext/my_ext",
        "[ok] extensions/compressor:my_ext",
        "[ok] extensions/tool:ask",
        "[ok] extensions/tool:greet",
        "[ok] extensions/extension:fails",
    ] {
        assert!(lines.contains(&line), "{line}: {}", ran.stdout);
    }
    for line in ["[FAIL] extensions/chunker:fails — ", "[FAIL] extensions/extension:nothing — "]
    {
        let found = lines.iter().find(|one| one.starts_with(line));
        let found = found.unwrap_or_else(|| panic!("{line}: {}", ran.stdout));
        assert!(found.len() > line.len() + 10, "it says why: {found}");
    }
    // The same for programs, and nothing is left behind that says otherwise.
    let told = parsed(&workspace.run(&["conformance", ".ctx/extensions", "--json"]));
    assert_eq!((&told["version"], &told["all_passed"]), (&json!(1), &json!(false)));
    let card = told["scorecard"].as_array().unwrap();
    let of = |name: &str| card.iter().find(|line| line["name"] == name).unwrap();
    assert_eq!(of("compressor:my_ext")["category"], "extensions");
    assert_eq!(of("compressor:my_ext")["passed"], true);
    assert_eq!(of("chunker:fails")["passed"], false);
    assert_eq!(told["total"], json!(told["checks"].as_array().unwrap().len()));
}

#[test]
fn what_was_found_is_kept_until_anything_changes() {
    let workspace = all();
    assert_eq!(conformance(&workspace, "greet"), json!({"status": "not-run"}));
    let junit = workspace.path().join("card.xml");
    let path = junit.to_str().unwrap();
    let paths = ["greet.lua", "my_ext.wasm", "asked", "fails.lua"]
        .map(|name| format!(".ctx/extensions/{name}"));
    let mut arguments = vec!["conformance", "--junit", path];
    arguments.extend(paths.iter().map(String::as_str));
    assert_eq!(workspace.run(&arguments).code, 1);
    assert!(fs::read_to_string(junit).unwrap().contains("<testsuite name=\"my-ext\""));
    for name in ["greet", "my-ext", "asked"] {
        let known = conformance(&workspace, name);
        assert_eq!((&known["status"], &known["failed"]), (&json!("passed"), &json!(0)), "{name}");
    }
    let known = conformance(&workspace, "fails");
    assert_eq!(known["status"], "failed");
    assert!(known["failures"][0].as_str().unwrap().starts_with("chunker/"), "{known}");
    let shown = workspace.run(&["ext", "list"]).stdout;
    assert!(shown.contains("\n  conformance: failed ("), "{shown}");
    // Another text is another extension, until somebody checks it.
    workspace.drop_in("greet.lua", format!("{GREET}\n-- more\n"));
    assert_eq!(conformance(&workspace, "greet")["status"], "stale");
    let shown = workspace.run(&["ext", "info", "greet"]).stdout;
    let help = "to check it, run `ctx conformance .ctx/extensions/greet.lua`";
    assert!(shown.contains("  conformance: stale (") && shown.contains(help), "{shown}");
    workspace.drop_in("greet.lua", GREET);
    assert_eq!(conformance(&workspace, "greet")["status"], "passed");
}

#[test]
fn the_capabilities_read_well_without_json() {
    let workspace = all();
    let shown = workspace.run(&["capabilities"]);
    assert_eq!(shown.code, 0);
    for part in [
        "contract 1\n",
        "Tokens: counted by o200k_base\n",
        "\nChunkers: ",
        "\n  frozen: plugin.toml 1, wasm-abi-v1 1\n",
        "\n  greet  tool  lua  workspace  ready  conformance not run\n",
        "\n  my-ext  compressor  wasm-abi-v1  workspace  ready  conformance not run\n",
        "\n  nothing  .ctx/extensions/nothing.wasm  not loaded: ",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let document = parsed(&workspace.run(&["capabilities", "--json"]));
    assert_eq!(document["extensions"]["plugins"], json!(["asked"]));
    let schema = parsed(&workspace.run(&["capabilities", "--schema"]));
    assert_eq!(schema["$id"], "urn:ctx:capabilities:1");
}
