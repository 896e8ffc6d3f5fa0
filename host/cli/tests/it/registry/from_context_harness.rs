//! Registries as Context Harness's users have them work unmodified.

use super::served::{Served, git, shout};
use crate::workspace::Workspace;

const CONNECTOR: &str = "connector = { name = \"notes\" }\nfunction connector.scan(config)\n  \
    return { { source_id = \"a\", title = config.greeting, body = \"body\" } }\nend\n";

#[test]
fn a_registry_without_a_manifest_is_looked_through() {
    let registry = Served::new(&[
        ("connectors/notes/connector.lua", CONNECTOR),
        ("connectors/notes/config.example.toml", "# what it says\ngreeting = \"hello\"\n"),
        ("tools/shout/tool.lua", &shout("hey")),
        ("agents/plain/agent.toml", "name = 'plain'\n"),
        ("tools/empty/README.md", "nothing"),
    ]);
    let user = Workspace::new();
    let path = user.path().join("clone");
    user.config(&format!(
        "[registries.company]\nurl = '{}'\nbranch = 'main'\npath = '{}'\nreadonly = true\n\
         auto_update = true\n",
        registry.url(),
        path.display()
    ));
    let installed = user.run(&["registry", "install"]);
    assert_eq!(installed.code, 0, "{}", installed.stderr);
    assert!(installed.stdout.contains("  Installed: 1 connectors, 1 tools, 1 agents"));
    let listed = user.run(&["registry", "list"]);
    insta::assert_snapshot!(listed.stdout.replace(&path.display().to_string(), "PATH"), @r"
    Registries:

      company — PATH (git) [readonly]
        1 connectors, 1 tools, 1 agents

    Available extensions:

      agents:
        plain —  (from: company)
      connectors:
        notes —  (from: company)
      tools:
        shout —  (from: company)
    ");
    assert!(listed.stderr.contains("has no valid registry.toml, using directory scan"));
    let added = user.run(&["registry", "add", "connectors/notes"]);
    assert!(added.stdout.contains("Added [connectors.script.notes] to"), "{}", added.stderr);
    let synced = user.run(&["sync", "script:notes"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    assert!(user.run(&["search", "hello"]).stdout.contains("script:notes"));
    assert!(user.run(&["call", "shout"]).stdout.contains("hey"));

    let updated = user.run(&["registry", "update", "--name", "company"]);
    assert!(updated.stdout.contains("  Updated successfully."), "{}", updated.stderr);
    registry.write(&[("tools/shout/tool.lua", &shout("louder"))]);
    registry.push();
    assert_eq!(user.run(&["registry", "update"]).code, 0);
    assert!(user.run(&["call", "shout"]).stdout.contains("louder"));
    assert!(git(&path, &["status", "--short"]).is_empty());
}

#[test]
fn the_nearest_registry_wins_in_every_process() {
    let user = Workspace::new();
    for name in ["community", "company", "personal", "zeta"] {
        user.write(&format!("{name}/tools/shout/tool.lua"), shout(name));
    }
    user.config(
        "[registries.community]\npath = 'community'\nreadonly = true\n\
         [registries.company]\npath = 'company'\nreadonly = true\n\
         [registries.personal]\npath = 'personal'\n\
         [registries.zeta]\npath = 'zeta'\n",
    );
    let chain = || {
        let ran = user.run(&["registry", "info", "tools/shout", "--json"]);
        let info: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let chain = info["chain"].as_array().unwrap();
        chain.iter().map(|one| one["from"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for _ in 0..5 {
        assert_eq!(chain(), ["personal", "zeta", "company", "community"]);
    }
    assert!(user.run(&["call", "shout"]).stdout.contains("personal"));
    // An override is used at once, also where a manifest names another.
    user.write("personal/registry.toml", "[registry]\nname = 'personal'\n");
    assert!(user.run(&["call", "shout"]).stdout.contains("personal"));
    let copied = user.run(&["registry", "override", "tools/shout"]);
    assert!(copied.stdout.contains("Copied tools/shout to"), "{}", copied.stderr);
    assert_eq!(chain()[0], "project-local");
    user.write(".ctx/extensions/shout.lua", shout("dropped"));
    assert_eq!(chain()[..2], ["workspace", "project-local"]);
    assert!(user.run(&["call", "shout"]).stdout.contains("dropped"));
}
