//! The suite finds what is wrong: a suite that passes everything proves
//! nothing.

use std::fs;

use ctx_conformance::{Expected, Options, Report, Status, check_extension};

use crate::options;

async fn check_with(script: &str, options: &Options) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guilty.lua");
    fs::write(&path, script).unwrap();
    check_extension(&path, options).await
}

async fn check(script: &str, guilty: &[&str]) {
    let report = check_with(script, &options()).await;
    let failed: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.status == Status::Fail)
        .map(|check| check.id.as_str())
        .collect();
    assert_eq!(failed, guilty, "{}", report.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_does_not_load_fails_to_load() {
    check("tool = {", &["extension/loads:guilty"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_misses_its_schema_is_found() {
    let script = r#"
        tool = {
          name = "count", description = "Counts",
          output_schema = { { name = "count", type = "integer", required = true } },
        }
        function tool.execute() return { count = "many" } end
    "#;
    check(script, &["tool/answer:guilty/count"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_loops_is_found() {
    let script = "-- /// ctx\n-- [limits]\n-- fuel = 50_000_000\n-- ///\n\
        tool = { name = \"spin\", description = \"Spins\" }\n\
        function tool.execute() while true do end end\n";
    check(script, &["tool/answer:guilty/spin", "tool/determinism:guilty/spin"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_that_was_not_asked_for_is_found() {
    let script = "-- /// ctx\n-- [requests]\n-- kv = true\n-- ///\n\
        tool = { name = \"fetch\", description = \"Fetches\" }\n\
        function tool.execute() return http.get(\"https://example.invalid/\").body end\n";
    check(script, &["extension/asks-first:guilty"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_a_system_text_is_found() {
    let script = r#"
        agent = { name = "mute", description = "Says nothing" }
        function agent.resolve() return { system = " " } end
    "#;
    check(script, &["agent/prompt:guilty/mute"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_that_contradict_each_other_are_found() {
    let script = r#"
        tool = {
          name = "odd", description = "Reads and destroys",
          hints = { read_only = true, destructive = true },
        }
        function tool.execute() return "ok" end
    "#;
    check(script, &["tool/hints:guilty/odd"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_failure_that_passes_is_found() {
    let known = Expected { id: "tool/answer:guilty/fine".to_owned(), why: "once".to_owned() };
    let options = Options { expected: vec![known], ..options() };
    let script = r#"
        tool = { name = "fine", description = "Says fine" }
        function tool.execute() return "fine" end
    "#;
    let report = check_with(script, &options).await;
    let answer = report.checks.iter().find(|check| check.id == "tool/answer:guilty/fine").unwrap();
    assert_eq!(answer.status, Status::Fail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_may_keep_count_and_a_trial_does_not_mind() {
    let script = "-- /// ctx\n-- [requests]\n-- kv = true\n-- ///\n\
        tool = { name = \"count\", description = \"Counts its calls\" }\n\
        function tool.execute()\n\
          local seen = tonumber(kv.get(\"seen\") or 0) + 1\n\
          kv.set(\"seen\", tostring(seen))\n\
          return \"call \" .. seen\n\
        end\n";
    check(script, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_gives_other_documents_each_time_is_found() {
    let script = "-- /// ctx\n-- [requests]\n-- kv = true\n-- ///\n\
        connector = { description = \"Never the same\" }\n\
        function connector.scan()\n\
          local seen = tonumber(kv.get(\"seen\") or 0) + 1\n\
          kv.set(\"seen\", tostring(seen))\n\
          return { { source_id = \"one\", body = \"walk \" .. seen } }\n\
        end\n";
    check(script, &["connector/determinism:guilty"]).await;
}
