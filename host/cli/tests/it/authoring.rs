//! Those who write extensions: begin one, try it, work on it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace::{GREET, Workspace};

/// Gives what its settings say, as many times.
const WIKI: &str = r#"
connector = { description = "Pages" }
function connector.scan(config)
  local all = {}
  for at = 1, config.count or 7 do
    all[at] = {
      source_id = "page-" .. at, title = (config.prefix or "Page") .. " " .. at,
      body = "text " .. at, updated_at = "2025-01-15T10:00:00Z",
    }
  end
  return all
end
"#;

#[test]
fn what_is_begun_runs_as_it_is_and_passes_conformance() {
    let workspace = Workspace::new();
    insta::assert_snapshot!(workspace.block(&["connector", "init", "my_wiki"]), @r#"
    exit 0
    --- stdout
    Created connector: connectors/my_wiki.lua

    Add to your ctx.toml:

      [connectors.script.my_wiki]
      path = "connectors/my_wiki.lua"

    Then sync:

      ctx sync script:my_wiki
    "#);
    insta::assert_snapshot!(workspace.block(&["tool", "init", "my_tool"]), @r#"
    exit 0
    --- stdout
    Created tool: tools/my-tool.lua

    Add to your ctx.toml:

      [tools.script.my_tool]
      path = "tools/my-tool.lua"

    Then test:

      ctx tool test my_tool --param name=Ada
    "#);
    insta::assert_snapshot!(workspace.block(&["agent", "init", "my_agent", "--add"]), @r#"
    exit 0
    --- stdout
    Created agent: agents/my-agent.lua

    Added to [workspace]/.ctx/config.toml:

      [agents.script.my_agent]
      path = "agents/my-agent.lua"

    Then test:

      ctx agent test my_agent
    "#);
    for path in ["connectors/my_wiki.lua", "tools/my-tool.lua", "agents/my-agent.lua"] {
        let checked = workspace.run(&["conformance", path]);
        assert_eq!(checked.code, 0, "{}", checked.stdout);
    }
    insta::assert_snapshot!(workspace.block(&["connector", "test", "connectors/my_wiki.lua"]), @r#"
    exit 0
    --- stdout
    Testing connector: test (connectors/my_wiki.lua)
      ✓ Script loaded and executed
      ✓ Returned 1 items
      ✓ 1 valid items

    Items (first 1):
      [0] hello: Hello (2025-01-01)
    "#);
    insta::assert_snapshot!(workspace.block(&["tool", "test", "tools/my-tool.lua", "--param", "name=Ada"]), @r#"
    exit 0
    --- stdout
    Testing tool: my-tool (tools/my-tool.lua)
      ✓ Script loaded
      ✓ Execution completed

    Result:
      {
        "greeting": "Hello, Ada!"
      }
    "#);
    let shown = workspace.run(&["agent", "test", "my_agent", "--arg", "topic=bees"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("\n  You answer questions about bees."), "{}", shown.stdout);
}

#[test]
fn what_is_there_is_not_written_over() {
    let workspace = Workspace::new();
    workspace.write("tools/greet.lua", "-- mine");
    insta::assert_snapshot!(workspace.block(&["tool", "init", "greet"]), @r#"
    exit 3
    --- stderr
    ctx::init::exists

      × there is a tool in `tools/greet.lua` already
      help: choose another name, or take the file away
    "#);
    let text = std::fs::read_to_string(workspace.path().join("tools/greet.lua")).unwrap();
    assert_eq!(text, "-- mine");
    assert_eq!(workspace.run(&["tool", "init", "../greet"]).code, 2);
}

#[test]
fn a_section_is_added_beside_what_stands_there() {
    let workspace = Workspace::new();
    workspace.config("# mine\n[sources.notes]\nextension = \"files\"\nroot = \".\"");
    assert_eq!(workspace.run(&["connector", "init", "wiki", "--add"]).code, 0);
    let config = std::fs::read_to_string(workspace.path().join(".ctx/config.toml")).unwrap();
    assert!(config.starts_with("# mine\n[sources.notes]\n"), "{config}");
    let synced = workspace.run(&["sync", "script:wiki", "--json"]);
    assert!(synced.stdout.contains("\"added\":1"), "{}{}", synced.stdout, synced.stderr);
    std::fs::remove_file(workspace.path().join("connectors/wiki.lua")).unwrap();
    let twice = workspace.run(&["connector", "init", "wiki", "--add"]);
    assert_eq!(twice.code, 3);
    let again = std::fs::read_to_string(workspace.path().join(".ctx/config.toml")).unwrap();
    assert_eq!(again, config, "a config that would not read is not written");
}

#[test]
fn a_connector_is_tried_by_its_path_without_a_workspace() {
    let workspace = Workspace::new();
    std::fs::remove_dir_all(workspace.path().join(".ctx")).unwrap();
    workspace.write("wiki.lua", WIKI);
    insta::assert_snapshot!(workspace.block(&["connector", "test", "wiki.lua"]), @r#"
    exit 0
    --- stdout
    Testing connector: test (wiki.lua)
      ✓ Script loaded and executed
      ✓ Returned 7 items
      ✓ 7 valid items

    Items (first 5):
      [0] page-1: Page 1 (2025-01-15)
      [1] page-2: Page 2 (2025-01-15)
      [2] page-3: Page 3 (2025-01-15)
      [3] page-4: Page 4 (2025-01-15)
      [4] page-5: Page 5 (2025-01-15)
      ... and 2 more
    "#);
    workspace.write("none.lua", "connector = {}\nfunction connector.scan() return {} end\n");
    insta::assert_snapshot!(workspace.block(&["connector", "test", "none.lua"]), @r#"
    exit 0
    --- stdout
    Testing connector: test (none.lua)
      ✓ Script loaded and executed
      ✓ Returned 0 items
      (no items returned)
    "#);
    let limited = workspace.run(&["connector", "test", "wiki.lua", "--limit", "2"]);
    assert!(limited.stdout.contains("✓ Returned 2 items"), "{}", limited.stdout);
}

#[test]
fn a_connector_is_tried_with_the_settings_of_an_entry() {
    let workspace = Workspace::new();
    workspace.write("wiki.lua", WIKI);
    workspace.config(
        "[connectors.script.wiki]\npath = \"elsewhere.lua\"\ncount = 1\nprefix = \"Entry\"\n",
    );
    let tried = workspace.run(&["connector", "test", "wiki.lua", "--source", "wiki"]);
    assert_eq!(tried.code, 0, "{}", tried.stderr);
    assert!(tried.stdout.starts_with("Testing connector: wiki (wiki.lua)\n"), "{}", tried.stdout);
    assert!(tried.stdout.contains("page-1: Entry 1 (2025-01-15)"), "{}", tried.stdout);
    let unknown = workspace.run(&["connector", "test", "wiki.lua", "--source", "gone"]);
    assert_eq!(unknown.code, 0);
    assert!(unknown.stderr.contains("there are no settings"), "{}", unknown.stderr);
    workspace.write(".ctx/config.toml", "[connectors.script.wiki]\npath = \"wiki.lua\"\n");
    let untrusted = workspace.run(&["connector", "test", "wiki.lua", "--source", "wiki"]);
    assert_eq!(untrusted.code, 3, "the settings are not the operator's word any more");
}

#[test]
fn a_source_is_tried_by_its_name_and_stores_nothing() {
    let workspace = Workspace::new();
    workspace.write("tree/a.md", "alpha").write("tree/b.md", "beta");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    let tried = workspace.run(&["connector", "test", "tree"]);
    assert!(tried.stdout.contains("✓ 2 valid items"), "{}{}", tried.stdout, tried.stderr);
    let stats = workspace.run(&["stats", "--json"]);
    assert!(stats.stdout.contains("\"documents\": 0"), "{}", stats.stdout);
    let listed = workspace.run(&["connector", "list"]).stdout;
    assert!(listed.lines().any(|line| line.starts_with("files ") && line.ends_with("tree")));
}

#[test]
fn a_host_is_allowed_for_one_run() {
    let workspace = Workspace::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).unwrap();
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nheron";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    workspace.write(
        "asks.lua",
        format!(
            "tool = {{ description = \"Asks\", parameters = {{}} }}\n\
             function tool.execute() return http.get(\"http://{address}/\").body end\n"
        ),
    );
    let denied = workspace.run(&["tool", "test", "asks.lua"]);
    assert_eq!(denied.code, 3, "{}", denied.stderr);
    assert!(denied.stderr.contains(&address.to_string()), "{}", denied.stderr);
    let host = format!("http://{address}");
    let allowed = workspace.run(&["tool", "test", "asks.lua", "--allow-http", &host]);
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
    assert!(allowed.stdout.contains("heron"), "{}", allowed.stdout);
    serving.join().unwrap();
}

#[test]
fn c6_a_tool_is_tried_with_the_checks_and_defaults_of_the_server() {
    let workspace = Workspace::new();
    workspace.write("greet.lua", GREET);
    insta::assert_snapshot!(workspace.block(&["tool", "test", "greet.lua", "--param", "name=404"]), @r#"
    exit 0
    --- stdout
    Testing tool: greet (greet.lua)
      ✓ Script loaded
      ✓ Execution completed

    Result:
      {
        "greeting": "hello 404"
      }
    "#);
    let refused = workspace.run(&["tool", "test", "greet.lua", "--param", "times=2"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("`name` is required"), "{}", refused.stderr);
    workspace.write("broken.lua", "tool = {\n  name = \n");
    let broken = workspace.run(&["tool", "test", "broken.lua"]);
    assert_eq!(broken.code, 3);
    assert!(broken.stderr.contains("does not load"), "{}", broken.stderr);
}

#[test]
fn a_script_that_is_installed_is_tried_by_its_path_all_the_same() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let path = ".ctx/extensions/greet.lua";
    for named in ["greet", path] {
        let tried = workspace.run(&["tool", "test", named, "--param", "name=Ada"]);
        assert_eq!(tried.code, 0, "{named}: {}", tried.stderr);
        assert!(tried.stdout.contains("\"greeting\": \"hello Ada\""), "{}", tried.stdout);
    }
}

#[test]
fn c16_a_description_is_cut_between_characters() {
    let workspace = Workspace::new();
    let description = "ähm ".repeat(20);
    workspace.drop_in(
        "reviewer.lua",
        format!(
            "agent = {{ name = \"reviewer\", description = \"{description}\", tools = {{ \"search\" }} }}\n\
             function agent.resolve() return {{ system = \"Be kind.\" }} end\n"
        ),
    );
    insta::assert_snapshot!(workspace.block(&["agent", "list"]), @r#"
    exit 0
    --- stdout
    AGENT                    TYPE     DESCRIPTION                                  TOOLS
    reviewer                 lua      ähm ähm ähm ähm ähm ähm ähm ähm ähm ähm ä... search
    "#);
}

#[test]
fn row_11_the_config_has_a_short_flag() {
    let workspace = Workspace::new();
    workspace.write("own.toml", "[sources.days]\nextension = \"files\"\nroot = \".\"\n");
    let sources = workspace.run(&["-c", "own.toml", "sources"]);
    assert!(sources.stdout.contains("days"), "{}{}", sources.stdout, sources.stderr);
    assert_eq!(workspace.run(&["sources", "-c", "own.toml"]).stdout, sources.stdout);
}

#[test]
fn s16_what_a_script_prints_is_no_data_and_its_place_is_nobodys() {
    let workspace = Workspace::new();
    workspace.write(
        "tools/loud.lua",
        "print(\"loaded\")\ntool = { description = \"Loud\", parameters = {} }\n\
         function tool.execute() print(\"called\") error(\"no\") end\n",
    );
    workspace.config("[tools.script.loud]\npath = \"tools/loud.lua\"\n");
    let failed = workspace.run(&["call", "loud", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(!message.contains(&workspace.path().display().to_string()), "{message}");
    assert!(!message.contains("traceback"), "{message}");
}

#[test]
fn a_new_folder_passes_conformance() {
    let workspace = Workspace::new();
    for kind in ["connector", "tool", "agent"] {
        let made = workspace.run(&["new", &format!("my-{kind}"), "--kind", kind]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let checked = workspace.run(&["conformance", &format!("my-{kind}")]);
        assert_eq!(checked.code, 0, "{}", checked.stdout);
    }
    assert_eq!(workspace.run(&["new", "my-tool"]).code, 3, "it is there already");
    assert_eq!(workspace.run(&["new", "../x"]).code, 2);
}

#[test]
fn a_new_crate_builds_and_passes_conformance() {
    let workspace = Workspace::new();
    // What the guests are built from is there already.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("guests/build");
    for kind in ["connector", "tool", "agent"] {
        let name = format!("new-{kind}");
        let made = workspace.run(&["new", &name, "--kind", kind, "--lang", "rust"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let folder = workspace.path().join(&name);
        std::fs::copy(root.join("guests/Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let built = Command::new("cargo")
            .args(["build", "--release", "--target", "wasm32-wasip2"])
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTFLAGS")
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let component = format!("wasm32-wasip2/release/new_{kind}.wasm");
        std::fs::copy(target.join(component), folder.join("component.wasm")).unwrap();
        let checked = workspace.run(&["conformance", &name]);
        assert_eq!(checked.code, 0, "{}", checked.stdout);
    }
}

#[test]
fn dev_tries_again_after_each_save_until_it_is_stopped() {
    let workspace = Workspace::new();
    workspace.write("greet.lua", GREET);
    let mut dev = workspace
        .command(&["dev", "greet.lua", "--", "-p", "name=Ada"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut until = |wanted: &str| {
        assert!(lines.any(|line| line.contains(wanted)), "it ended before it said {wanted}");
    };
    until("\"greeting\": \"hello Ada\"");
    workspace.write("greet.lua", GREET.replace("hello ", "goodbye "));
    until("\"greeting\": \"goodbye Ada\"");
    // A save that breaks it is told, and the next one mends it.
    workspace.write("greet.lua", "tool = {");
    until("Testing tool");
    workspace.write("greet.lua", GREET.replace("hello ", "again "));
    until("\"greeting\": \"again Ada\"");
    let word = format!("kill -INT {}", dev.id());
    assert!(Command::new("sh").args(["-c", &word]).status().unwrap().success());
    assert_eq!(dev.wait().unwrap().code(), Some(0));
}

#[test]
fn row_13_an_inline_agent_is_listed_and_tried() {
    let workspace = Workspace::new();
    workspace.config(
        "[agents.inline.reviewer]\ndescription = \"Reviews\"\ntools = [\"search\", \"get\"]\n\
         system_prompt = \"\"\"Be kind.\nBe brief.\"\"\"\n",
    );
    let shown = workspace.run(&["agent", "test", "reviewer"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let parts = [
        "Agent: reviewer\nSource: toml (",
        "\nTools: search, get\n",
        "\nSystem prompt (18 chars):\n  Be kind.\n  Be brief.\n",
        "\nResolved in ",
    ];
    for part in parts {
        assert!(shown.stdout.contains(part), "{part} in {}", shown.stdout);
    }
    let listed = workspace.run(&["agent", "list"]).stdout;
    assert!(listed.contains("reviewer                 toml     Reviews"), "{listed}");
}
