//! What is left of runs: what extensions said, and how they did.

use serde_json::{Value, json};

use crate::serving::{Serving, TALKS, TRACE};
use crate::workspace::{GREET, Ran, Workspace};

/// The messages of the lines that were kept.
fn kept(workspace: &Workspace, arguments: &[&str]) -> Vec<String> {
    let all = [&["ext", "logs", "talks", "--json"], arguments].concat();
    let Ran { code, stdout, stderr } = workspace.run(&all);
    assert_eq!(code, 0, "{stderr}");
    let message = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["extension"], "talks");
        line["message"].as_str().unwrap().to_owned()
    };
    stdout.lines().map(message).collect()
}

#[test]
fn what_an_extension_said_can_be_read_later() {
    let workspace = Workspace::new();
    workspace.drop_in("talks.lua", TALKS).drop_in("greet.lua", GREET);
    let silent = workspace.run(&["ext", "logs", "talks"]);
    assert_eq!((silent.code, silent.stdout.as_str()), (0, ""));
    assert!(silent.stderr.contains("`talks` has said nothing"), "{}", silent.stderr);
    assert_eq!(workspace.run(&["call", "talks"]).code, 0);
    let serving = Serving::start(&workspace);
    serving.call("talks", &json!({}));
    serving.process.signal("INT");
    assert_eq!(serving.end().0, Some(0));

    let all = ["printed", "quiet", "at work", "loud"];
    assert_eq!(kept(&workspace, &["--request", TRACE]), all);
    assert_eq!(kept(&workspace, &[]), [all, all].concat());
    assert_eq!(kept(&workspace, &["--level", "warn"]), ["loud", "loud"]);
    assert_eq!(kept(&workspace, &["--level", "warn", "--request", TRACE]), ["loud"]);
    assert_eq!(kept(&workspace, &["--level", "info", "-n", "2"]), ["at work", "loud"]);
    assert_eq!(kept(&workspace, &["--level", "error"]), [""; 0]);
    assert_eq!(kept(&workspace, &["--request", "nobody"]), [""; 0]);

    // For people: time, the beginning of the request, level, and the text.
    let shown = workspace.run(&["ext", "logs", "talks", "--request", TRACE, "--level", "info"]);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    let ends = ["info   printed", "info   at work shelf=7", "warn   loud"];
    assert_eq!(lines.len(), ends.len(), "{lines:?}");
    for (line, end) in lines.iter().zip(ends) {
        assert!(line.ends_with(&format!("Z  4bf92f35  {end}")), "{line}");
    }
    assert_eq!(workspace.run(&["ext", "logs", "talks", "--level", "loud"]).code, 2);
}

#[test]
fn an_unknown_extension_is_told_with_names_near_to_it() {
    let workspace = Workspace::new();
    workspace.drop_in("talks.lua", TALKS);
    for verb in ["logs", "status"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(workspace.block(&["ext", verb, "talk"]), @r#"
            exit 3
            --- stderr
            ctx::unknown::extension

              × there is no extension `talk`
              help: did you mean `talks`?
            "#);
        }
    }
}

#[test]
fn the_status_counts_calls_and_shows_the_last_failure() {
    let workspace = Workspace::new();
    workspace.drop_in("talks.lua", TALKS).drop_in("greet.lua", GREET);
    let nothing = workspace.run(&["ext", "status"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, ""));
    assert_eq!(nothing.stderr.trim(), "Nothing has run yet");
    for _ in 0..3 {
        assert_eq!(workspace.run(&["call", "talks"]).code, 0);
    }
    assert_eq!(workspace.run(&["call", "talks", "-p", "fail=true"]).code, 1);
    assert_eq!(workspace.run(&["call", "greet", "-p", "name=Ada"]).code, 0);

    let status: Value =
        serde_json::from_str(&workspace.run(&["ext", "status", "--json"]).stdout).unwrap();
    let runs = status["runs"].as_array().unwrap();
    let of = |name: &str| runs.iter().find(|one| one["extension"] == name).unwrap();
    let talks = of("talks");
    assert_eq!((&talks["role"], &talks["calls"]), (&json!("tool"), &json!(4)));
    assert_eq!(talks["failures"], json!({"unavailable": 1}));
    assert_eq!(talks["last_failure"]["outcome"], "unavailable");
    let message = talks["last_failure"]["message"].as_str().unwrap();
    assert!(message.contains("the shelf is empty"), "{message}");
    assert_eq!((&of("greet")["calls"], &of("greet")["failures"]), (&json!(1), &json!({})));

    let all = workspace.run(&["ext", "status"]).stdout;
    assert!(all.contains("all together: at most ") && all.contains(" instances and "), "{all}");
    assert!(status["limits"]["memory_bytes"].as_u64().is_some_and(|most| most > 0), "{status}");

    let shown = workspace.run(&["ext", "status", "talks"]).stdout;
    assert!(!shown.contains("greet"), "{shown}");
    let line = shown.lines().find(|line| line.starts_with("talks")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..4], ["talks", "tool", "4", "1"]);
    assert!(shown.contains("last failure: "), "{shown}");
    assert!(shown.contains("unavailable: ") && shown.contains("the shelf is empty"), "{shown}");
}
