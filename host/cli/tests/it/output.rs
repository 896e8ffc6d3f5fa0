//! What is printed, and the exit codes that scripts rely on.

use crate::workspace::{GREET, Workspace};

fn greeting() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    workspace
}

#[test]
fn a_call_prints_its_answer() {
    let workspace = greeting();
    insta::assert_snapshot!(workspace.block(&["call", "greet", "-p", "name=Ada"]), @r#"
    exit 0
    --- stdout
    {"greeting":"hello Ada"}
    "#);
    let args = "{\"name\":\"Ada\",\"times\":2}";
    insta::assert_snapshot!(workspace.block(&["call", "greet/greet", "--args", args]), @r#"
    exit 0
    --- stdout
    {"greeting":"hello Ada, hello Ada"}
    "#);
    workspace.write("args.json", "{\"name\":\"Bob\"}");
    insta::assert_snapshot!(workspace.block(&["call", "greet", "--args", "@args.json"]), @r#"
    exit 0
    --- stdout
    {"greeting":"hello Bob"}
    "#);
}

#[test]
fn arguments_that_miss_the_schema_are_refused_by_name() {
    let workspace = greeting();
    insta::assert_snapshot!(workspace.block(&["call", "greet"]), @r#"
    exit 3
    --- stderr
    ctx::schema::arguments

      × the arguments do not fit `greet`: `name` is required
      help: run `ctx ext list --json` to see the schema of `greet`
    "#);
    insta::assert_snapshot!(workspace.block(&["call", "greet", "-p", "name=Ada", "-p", "times=often"]), @r#"
    exit 3
    --- stderr
    ctx::schema::arguments

      × the arguments do not fit `greet`: `times`: "often" is not of type "integer"
      help: run `ctx ext list --json` to see the schema of `greet`
    "#);
    insta::assert_snapshot!(workspace.block(&["call", "greet", "--args", "[1]"]), @r#"
    exit 2
    --- stderr
    ctx::schema::json

      × the arguments must be a JSON object
      help: write an object, for example --args '{"city":"Oslo"}'
    "#);
    insta::assert_snapshot!(workspace.block(&["call", "greet", "--args", "{"]), @r#"
    exit 2
    --- stderr
    ctx::schema::json

      × the arguments are no JSON: EOF while parsing an object at line 1 column 1
      help: write an object, for example --args '{"city":"Oslo"}'
    "#);
}

#[test]
fn an_unknown_name_is_told_what_is_close() {
    let workspace = greeting();
    insta::assert_snapshot!(workspace.block(&["call", "great"]), @r#"
    exit 3
    --- stderr
    ctx::unknown::tool

      × there is no tool `great`
      help: did you mean `greet`?
    "#);
    insta::assert_snapshot!(workspace.block(&["get", "0000"]), @r#"
    exit 3
    --- stderr
    ctx::unknown::document

      × there is no document `0000`
      help: run `ctx search` to find its id
    "#);
    insta::assert_snapshot!(workspace.block(&["sync", "nothing"]), @r#"
    exit 3
    --- stderr
    ctx::unknown::source

      × there is no source `nothing`
      help: run `ctx sources` to see what there is
    "#);
}

#[test]
fn a_search_in_an_unknown_source_is_told_so() {
    let workspace = greeting();
    workspace.config("[sources.notes]\nextension = \"files\"\nroot = \".\"\n");
    assert_eq!(workspace.run(&["search", "x", "--source", "notes"]).code, 0);
    assert_eq!(workspace.run(&["search", "x", "--source", "note"]).code, 3);
}

#[test]
fn a_parameter_of_digits_is_text_where_the_schema_says_so() {
    assert_eq!(
        greeting().run(&["call", "greet", "-p", "name=404"]).stdout,
        "{\"greeting\":\"hello 404\"}\n"
    );
}

#[test]
fn an_error_of_the_script_is_its_own() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "fails.lua",
        "tool = { name = \"fails\", description = \"Fails\", parameters = {} }\n\
         function tool.execute()\n  error(\"the far end said no\")\nend\n",
    );
    insta::assert_snapshot!(workspace.block(&["call", "fails"]), @r#"
    exit 1
    --- stderr
    ctx::call::internal

      × `fails` failed: [string "fails.lua"]:3: the far end said no
    "#);
}

#[test]
fn a_runaway_is_stopped_and_says_how_to_raise_the_limit() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "spins.lua",
        "tool = { name = \"spins\", description = \"Spins\", parameters = {} }\n\
         function tool.execute()\n  while true do end\nend\n",
    );
    workspace.config("[extension.spins]\nlimits = { fuel = 50000000 }\n");
    insta::assert_snapshot!(workspace.block(&["call", "spins"]), @r#"
    exit 4
    --- stderr
    ctx::limit::fuel

      × `spins` was stopped: its fuel of 50000000 is used up
      help: to raise it, write `limits = { fuel = 100000000 }` under `[extension.spins]` in the workspace's config (.ctx/config.toml where there is none) and run `ctx trust`
    "#);
}

#[test]
fn without_a_workspace_there_is_a_way_to_make_one() {
    let workspace = greeting();
    std::fs::remove_dir_all(workspace.path().join(".ctx")).unwrap();
    insta::assert_snapshot!(workspace.block(&["stats"]), @r#"
    exit 3
    --- stderr
    ctx::workspace::missing

      × there is no workspace in `[workspace]`
      help: run `ctx init` to make one here
    "#);
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    assert_eq!(greeting().run(&["no-such-verb"]).code, 2);
    assert_eq!(greeting().run(&["--version"]).code, 0);
}

#[test]
fn an_error_is_json_where_json_is_asked_for() {
    insta::assert_snapshot!(greeting().block(&["call", "greet", "--json"]), @r#"
    exit 3
    --- stdout
    {
      "error": {
        "code": "ctx::schema::arguments",
        "message": "the arguments do not fit `greet`: `name` is required",
        "help": [
          "run `ctx ext list --json` to see the schema of `greet`"
        ]
      }
    }
    "#);
}

#[test]
fn capabilities_name_what_is_installed() {
    let workspace = greeting();
    let printed = workspace.run(&["capabilities", "--json"]).stdout;
    let value: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(value["contract_version"], 1);
    assert_eq!(
        value["extensions"]["tools"],
        serde_json::json!(["get", "greet", "search", "sources"])
    );
    assert_eq!(value["extensions"]["connectors"], serde_json::json!(["files", "git", "s3"]));
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(keys.join(" "), @"contract_version schema server engine transports contracts parts extensions installed");
}
