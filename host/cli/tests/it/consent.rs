//! Nothing is granted until somebody grants it, and a grant holds for what it
//! was given to.

use crate::workspace::{Workspace, without_bundled};

const READS_ENV: &str = r#"-- /// ctx
-- [requests]
-- env = ["COLOUR"]
-- http = ["https://api.met.no"]
-- ///
tool = { name = "colour", description = "Reads a variable", parameters = {} }
function tool.execute()
  local ok, value = pcall(env.get, "COLOUR")
  return ok and value or "nothing"
end
"#;

#[test]
fn a_denied_run_is_refused_whatever_the_guest_made_of_it() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    insta::assert_snapshot!(workspace.block(&["call", "colour"]), @r#"
    exit 3
    --- stderr
    ctx::grant::env

      × `colour` was denied env `COLOUR`
      help: to allow it, run `ctx grant colour env COLOUR`
    "#);
}

#[test]
fn a_grant_ends_with_the_digest_it_was_given_to() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    assert_eq!(workspace.run(&["grant", "colour", "env", "COLOUR"]).code, 0);
    let called = workspace.command(&["call", "colour"]).env("COLOUR", "blue").output().unwrap();
    assert_eq!(String::from_utf8(called.stdout).unwrap(), "blue\n");
    workspace.drop_in("colour.lua", format!("{READS_ENV}-- changed\n"));
    assert_eq!(workspace.run(&["call", "colour"]).code, 3);
    insta::assert_snapshot!(without_bundled(&workspace.block(&["ext", "list"])), @r#"
    exit 0
    --- stdout
    builtin 0.1.0  tool  native, part of this program
      tool search: Search the gathered documents
      tool get: Read a gathered document
      tool sources: List where documents are gathered from
    colour  tool  .ctx/extensions/colour.lua
      tool colour: Reads a variable
      asks for http https://api.met.no: not granted; `ctx grant colour http https://api.met.no`
      asks for env COLOUR: not granted; `ctx grant colour env COLOUR`
      an earlier version had grants; this one is different and has to be granted anew
    "#);
}

#[test]
fn what_was_not_asked_for_cannot_be_granted() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    insta::assert_snapshot!(workspace.block(&["grant", "colour", "env", "HOME"]), @r#"
    exit 3
    --- stderr
    ctx::grant::invalid

      × `colour` does not ask for env `HOME`; its manifest would have to, under `[requests]`
    "#);
    insta::assert_snapshot!(workspace.block(&["grant", "colour", "https"]), @r#"
    exit 3
    --- stderr
    ctx::grant::invalid

      × `https` is no capability; there are http, env, secrets, files, kv, context, hints
    "#);
}

#[test]
fn a_revoked_grant_is_gone() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    assert_eq!(workspace.run(&["grant", "colour", "env", "COLOUR"]).code, 0);
    assert_eq!(workspace.run(&["call", "colour"]).code, 0);
    insta::assert_snapshot!(workspace.block(&["revoke", "colour", "env"]), @r#"
    exit 0
    --- stdout
    Revoked 1 grant of `colour`
    "#);
    assert_eq!(workspace.run(&["call", "colour"]).code, 3);
}

#[test]
fn a_config_that_came_with_a_clone_grants_nothing_until_it_is_trusted() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV).write("tree/a.md", "alpha").write(
        ".ctx/config.toml",
        "[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n\
         [extension.colour]\nallow = { env = [\"COLOUR\"] }\n",
    );
    assert_eq!(workspace.run(&["call", "colour"]).code, 3);
    insta::assert_snapshot!(workspace.block(&["sync", "tree"]), @r#"
    exit 3
    --- stderr
    ctx::trust::config

      × source `tree`: the config `[workspace]/.ctx/config.toml` is not trusted
      help: read it, and if it is what you want, run `ctx trust`
    "#);
    assert_eq!(workspace.run(&["trust"]).code, 0);
    assert_eq!(workspace.run(&["call", "colour"]).code, 0);
    assert_eq!(workspace.run(&["sync", "tree"]).code, 0);
    workspace.write(
        ".ctx/config.toml",
        "# changed\n[extension.colour]\nallow = { env = [\"COLOUR\"] }\n",
    );
    assert_eq!(workspace.run(&["call", "colour"]).code, 3);
}

#[test]
fn the_users_config_means_the_extensions_that_he_installed() {
    let workspace = Workspace::new();
    let config = "[extension.colour]\nallow = { env = [\"COLOUR\"] }\n";
    std::fs::create_dir_all(workspace.places().config).unwrap();
    std::fs::write(workspace.places().config.join("config.toml"), config).unwrap();
    workspace.drop_in("colour.lua", READS_ENV);
    assert_eq!(workspace.run(&["call", "colour"]).code, 3);
    let own = workspace.places().data.join("extensions");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::rename(workspace.path().join(".ctx/extensions/colour.lua"), own.join("colour.lua"))
        .unwrap();
    assert_eq!(workspace.run(&["call", "colour"]).code, 0);
}

#[test]
fn an_untrusted_config_does_not_steer_what_has_powers() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    assert_eq!(workspace.run(&["grant", "colour", "env", "COLOUR"]).code, 0);
    assert_eq!(workspace.run(&["call", "colour"]).code, 0);
    workspace.write(".ctx/config.toml", "[extension.colour]\nsettings = { to = \"elsewhere\" }\n");
    let refused = workspace.run(&["call", "colour"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("ctx::trust::config"), "{}", refused.stderr);
    assert_eq!(workspace.run(&["trust"]).code, 0);
    assert_eq!(workspace.run(&["call", "colour"]).code, 0);
}

#[test]
fn a_host_is_revoked_however_it_was_written() {
    let workspace = Workspace::new();
    workspace.drop_in("colour.lua", READS_ENV);
    assert_eq!(workspace.run(&["grant", "colour", "http", "api.met.no"]).code, 0);
    assert_eq!(workspace.run(&["revoke", "colour", "http", "https://api.met.no"]).code, 0);
    assert_eq!(workspace.run(&["revoke", "colour", "http", "https://api.met.no"]).code, 3);
}

#[test]
fn a_denial_counts_even_if_a_limit_ends_the_run() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "spins.lua",
        "-- /// ctx\n-- [requests]\n-- env = [\"COLOUR\"]\n-- ///\n\
         tool = { name = \"spins\", description = \"Spins\", parameters = {} }\n\
         function tool.execute()\n  pcall(env.get, \"COLOUR\")\n  while true do end\nend\n",
    );
    workspace.config("[extension.spins]\nlimits = { fuel = 50000000 }\n");
    let refused = workspace.run(&["call", "spins"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("ctx grant spins env COLOUR"), "{}", refused.stderr);
}
