//! Calls of tools and prompts of agents, and every way they end.

use serde_json::{Value, json};

use super::served::{JSON, SPINS, Served};
use crate::mcp::workspace::{ASKS, GREET, RESEARCHER};

/// Fails as it is told.
const FAILS: &str = r#"
tool = {
  name = "fails", description = "Fails",
  parameters = { { name = "kind", required = true, description = "How" } },
}
function tool.execute(params)
  ctx.fail(params.kind, "told to", { retry_after = 2, details = { shelf = 7 } })
end
"#;

/// Burns its fuel long before its time is up.
const BURNS: &str = r#"-- /// ctx
-- [limits]
-- fuel = 50_000_000
-- ///
tool = { name = "burns", description = "Burns its fuel" }
function tool.execute() while true do end end
"#;

/// Fills its memory.
const HOARDS: &str = r#"-- /// ctx
-- [limits]
-- memory = "8 MiB"
-- ///
tool = { name = "hoards", description = "Keeps everything" }
function tool.execute() local all = {} while true do all[#all + 1] = ("x"):rep(65536) .. #all end end
"#;

const READS_ENV: &str = r#"-- /// ctx
-- [requests]
-- env = ["COLOUR"]
-- ///
tool = { name = "colour", description = "Reads a variable", parameters = {} }
function tool.execute()
  local ok, value = pcall(env.get, "COLOUR")
  return ok and value or "nothing"
end
"#;

fn help(problem: &Value) -> String {
    let lines = problem["help"].as_array().unwrap_or_else(|| panic!("no help in {problem}"));
    lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_answers_with_its_result_and_its_bill() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    let tools = served.get("/v1/tools").await.well();
    assert_eq!(tools["tools"][0]["name"], "greet");
    assert_eq!(tools["tools"][0]["input_schema"]["required"], json!(["name"]));
    // By its name, by its whole name, and by its name as some clients write it.
    for path in ["/v1/tools/greet", "/v1/tools/greet%2Fgreet", "/v1/tools/%67reet"] {
        let answer = served.post(path, &json!({"name": "Ada"})).await.well();
        assert_eq!(answer["result"]["structured"], json!({"greeting": "hello Ada"}));
        assert_eq!(answer["result"]["content"][0]["type"], "text");
        assert!(answer["usage"]["fuel"].as_u64().unwrap() > 0, "{answer}");
        assert!(answer["usage"]["peak_memory_bytes"].as_u64().unwrap() > 0, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_without_parameters_needs_no_body() {
    let served = Served::with(&[("asks.lua", ASKS)]).await;
    let answer = served.ask("POST", "/v1/tools/asks", &[], "").await.well();
    assert_eq!(answer["result"]["asks"]["questions"][0]["ask"]["type"], "form");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_told_with_names_near_to_it() {
    let served = Served::with(&[("greet.lua", GREET), ("researcher.lua", RESEARCHER)]).await;
    let problem = served.post("/v1/tools/gret", &json!({})).await;
    let problem = problem.problem(404, "ctx::unknown::tool");
    assert!(help(&problem).contains("did you mean `greet`?"), "{problem}");
    let problem = served.post("/v1/agents/reseacher/prompt", &json!({})).await;
    let problem = problem.problem(404, "ctx::unknown::agent");
    assert!(help(&problem).contains("did you mean `researcher`?"), "{problem}");
    let problem = served.post("/v1/tools/nothing-like-it", &json!({})).await;
    let problem = problem.problem(404, "ctx::unknown::tool");
    assert!(help(&problem).contains("ctx ext list"), "{problem}");
    for path in ["/v1/extensions/gret", "/v1/extensions/gret/logs"] {
        let problem = served.get(path).await.problem(404, "ctx::unknown::extension");
        assert!(help(&problem).contains("did you mean `greet`?"), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_do_not_fit_are_told_one_by_one() {
    let served = Served::with(&[("greet.lua", GREET), ("researcher.lua", RESEARCHER)]).await;
    for arguments in [json!({}), json!({"name": 1})] {
        let answer = served.post("/v1/tools/greet", &arguments).await;
        let problem = answer.problem(422, "ctx::schema::arguments");
        assert!(problem["detail"].as_str().unwrap().contains("`name`"), "{problem}");
    }
    let answer = served.post("/v1/agents/researcher/prompt", &json!({})).await;
    answer.problem(422, "ctx::schema::arguments");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_grant_is_told_with_the_command_that_gives_it() {
    let served = Served::with(&[("colour.lua", READS_ENV)]).await;
    let problem = served.post("/v1/tools/colour", &json!({})).await;
    let problem = problem.problem(403, "ctx::grant::env");
    assert_eq!(problem["extension"], "colour");
    assert!(help(&problem).contains("`ctx grant colour env COLOUR`"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_the_sandbox_stops_is_told_with_the_limit() {
    let extensions =
        [("burns.lua", BURNS), ("spins.lua", SPINS), ("hoards.lua", HOARDS), ("greet.lua", GREET)];
    let served = Served::with(&extensions).await;
    for (tool, status, limit) in
        [("burns", 502, "fuel"), ("spins", 504, "time"), ("hoards", 502, "memory")]
    {
        let answer = served.post(&format!("/v1/tools/{tool}"), &json!({})).await;
        let problem = answer.problem(status, &format!("ctx::limit::{limit}"));
        assert_eq!(problem["extension"], tool);
        let text = help(&problem);
        assert!(text.contains(&format!("{limit} = ")), "{text}");
        assert!(text.contains(&format!("[extension.{tool}]")), "{text}");
        assert_eq!(served.journal(tool)[0].outcome, limit);
    }
    // Nobody else suffers from it.
    served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_a_status_and_a_code() {
    let served = Served::with(&[("fails.lua", FAILS)]).await;
    for (kind, status) in [
        ("invalid-input", 400),
        ("not-found", 404),
        ("denied", 403),
        ("unavailable", 503),
        ("cancelled", 503),
        ("internal", 502),
    ] {
        let answer = served.post("/v1/tools/fails", &json!({"kind": kind})).await;
        let code = format!("ctx::call::{}", kind.replace('-', "_"));
        let problem = answer.problem(status, &code);
        assert_eq!(problem["extension"], "fails");
        assert_eq!(problem["details"], json!({"shelf": 7}));
        assert!(problem["detail"].as_str().unwrap().contains("told to"), "{problem}");
        assert_eq!(problem["retry_after_ms"], 2000);
        assert_eq!(answer.header("retry-after"), "2");
    }
    // By the contract it ends a call as a limit does.
    let answer = served.post("/v1/tools/fails", &json!({"kind": "exhausted"})).await;
    answer.problem(502, "ctx::limit::stack");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_prepares_its_prompt() {
    let served = Served::with(&[("researcher.lua", RESEARCHER)]).await;
    let agents = served.get("/v1/agents").await.well();
    assert_eq!(agents["agents"][0]["name"], "researcher");
    let path = "/v1/agents/researcher/prompt";
    let answer = served.post(path, &json!({"topic": "owls"})).await.well();
    assert_eq!(answer["result"]["system"], "You research.");
    assert_eq!(answer["result"]["messages"][0]["role"], "user");
    assert_eq!(answer["result"]["messages"][0]["content"][0]["text"], "Start with owls");
    assert!(answer["usage"]["fuel"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_says_of_its_body_may_have_parameters() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/x+json"] {
        let body = r#"{"name": "Ada"}"#;
        let answer = served.ask("POST", "/v1/tools/greet", &[("content-type", kind)], body).await;
        answer.well();
    }
    let answer = served.ask("POST", "/v1/tools/greet", &[JSON], r#"{"name": "Åse ☃"}"#).await;
    assert_eq!(answer.well()["result"]["structured"]["greeting"], "hello Åse ☃");
}
