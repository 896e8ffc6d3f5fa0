//! `ctx ext disable` and `enable`: who is told what, and what it outlives.

use serde_json::{Value, json};

use crate::workspace::{GREET, Workspace};

#[test]
fn what_is_disabled_says_so_everywhere_and_runs_again_once_enabled() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let call = ["call", "greet", "-p", "name=Ada"];
    assert_eq!(workspace.run(&call).code, 0);
    insta::assert_snapshot!(workspace.block(&["ext", "disable", "greet"]), @"
    exit 0
    --- stdout
    Disabled `greet` in every workspace; what ran of it is stopped
    To let it run again, run `ctx ext enable greet`
    ");
    insta::assert_snapshot!(workspace.block(&call), @"
    exit 3
    --- stderr
    ctx::extension::disabled

      × `greet` is disabled
      help: to let it run again, run `ctx ext enable greet`
    ");
    let status: Value =
        serde_json::from_str(&workspace.run(&["ext", "status", "--json"]).stdout).unwrap();
    assert_eq!(status["halted"]["greet"]["message"], "it is disabled");
    let listed = workspace.run(&["ext", "list"]).stdout;
    assert!(listed.contains("  it is disabled\n  to let it run again"), "{listed}");
    let again = workspace.run(&["ext", "disable", "greet", "--json"]).stdout;
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again, json!({ "extension": "greet", "disabled": true, "changed": false }));

    insta::assert_snapshot!(workspace.block(&["ext", "enable", "greet"]), @"
    exit 0
    --- stdout
    Enabled `greet`
    ");
    assert_eq!(workspace.run(&call).code, 0);
    insta::assert_snapshot!(workspace.block(&["ext", "enable", "greet"]), @"
    exit 0
    --- stdout
    `greet` is neither disabled nor paused
    ");
}

#[test]
fn a_name_that_nobody_has_is_a_slip() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    for verb in ["disable", "enable"] {
        let refused = workspace.run(&["ext", verb, "great"]);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains("did you mean `greet`?"), "{}", refused.stderr);
        assert_eq!(workspace.run(&["ext", verb, "../greet"]).code, 3);
    }
}
