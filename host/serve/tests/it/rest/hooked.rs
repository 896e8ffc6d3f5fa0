//! Hooks over REST: single phases, whole turns, and what is refused.

use ctx_model::Phase;
use serde_json::{Value, json};

use super::served::{JSON, Served};
use crate::mcp::workspace::Workspace;

const SCENES: &str = r#"-- /// ctx
-- state_transaction_support = true
-- ///
hooks = {
  retrieval_enrichment = function(query) return { snippets = { "about " .. query } } end,
  pre_chat_turn = function(turn) return { snippets = { "It rains." }, tags = { "rain" } } end,
  post_model_draft = function(draft)
    return { edits = { { start = 0, stop = 5, text = "Well met" } } }
  end,
  post_moderation = function(turn) return { changes = { verdict = turn.moderation.verdict } } end,
  pre_persist_turn = function(turn, run)
    return { { id = run.request, operations = {
      { path = "turns", action = "increment", value = 1 },
      { path = "said", action = "set", value = turn.text },
    } } }
  end,
}
"#;

const REFUSES: &str = r#"
hooks = { pre_save_validate = function(data, kind)
  if data.said == "Well met, enemy" then return "no enemies in a " .. kind end
end }
"#;

/// Serves hooks that have time on a busy machine.
async fn serving(scripts: &[(&str, &str)]) -> Served {
    let workspace = Workspace::new();
    let mut config = String::new();
    for (name, text) in scripts {
        workspace.drop_in(&format!("{name}.lua"), text);
        for phase in Phase::ALL {
            let phase = phase.as_str();
            config += "[extensions.overrides.";
            config += &[name, ".hooks.", phase, "]\nmax_ms = 10000\n"].concat();
        }
    }
    workspace.config(&config).open().trust().unwrap();
    Served::new(workspace).await
}

fn said(text: &str) -> Value {
    json!({
        "messages": [{"role": "user", "content": text}],
        "moderation": {"verdict": "fine"},
        "context": {"session_id": "s"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_runs_every_phase_of_a_chat_around_the_model() {
    let served = serving(&[("scenes", SCENES), ("refuses", REFUSES)]).await;
    let tried = served.post("/v1/turns?dry_run=true", &said("Hello, friend")).await.well();
    assert_eq!(tried["text"], "Well met, friend");
    assert_eq!(served.get("/v1/state/s").await.well()["version"], 0);
    let turn = served.post("/v1/turns", &said("Hello, friend")).await.well();
    assert_eq!((&turn["text"], &turn["backend"]), (&json!("Well met, friend"), &json!("echo")));
    assert_eq!(turn["metadata"], json!({"verdict": "fine"}));
    let phases = turn["phases"].as_array().unwrap();
    let names: Vec<_> = phases.iter().map(|phase| phase["phase"].as_str().unwrap()).collect();
    assert_eq!(names, ["pre_chat_turn", "post_model_draft", "post_moderation", "pre_persist_turn"]);
    assert_eq!(phases[0]["tags"], json!(["rain"]));
    let state = served.get("/v1/state/s").await.well();
    let kept = json!({"version": 1, "value": {"turns": 1, "said": "Well met, friend"}});
    assert_eq!(state, kept);
    // What a validator has against the state keeps all of it from being written.
    let refused = served.post("/v1/turns", &said("Hello, enemy")).await;
    let refused = refused.problem(422, "ctx::hook::rejected");
    assert_eq!(refused["details"]["problems"][0]["message"], "no enemies in a state");
    assert_eq!(served.get("/v1/state/s").await.well(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_phase_is_run_for_a_program_that_holds_the_conversation() {
    let served = serving(&[("scenes", SCENES)]).await;
    let run = |phase: &str, body: Value| {
        let path = format!("/v1/hooks/{phase}/runs");
        let served = &served;
        async move { served.post(&path, &body).await }
    };
    let ran = run("retrieval_enrichment", json!({"subject": "owls"})).await.well();
    assert_eq!(ran["snippets"], json!(["about owls"]));
    assert_eq!(ran["runs"][0]["outcome"], "ok");
    run("nowhere", json!({"subject": {}})).await.problem(404, "ctx::unknown::phase");
    run("pre_chat_turn", json!({"subject": "text"})).await.problem(422, "ctx::hook::subject");
    run("pre_chat_turn", json!({"subject": 1})).await.problem(400, "ctx::http::shape");
    run("pre_chat_turn", json!({"subject": {}, "data_classes": {"a..b": ["pii"]}}))
        .await
        .problem(400, "ctx::hook::invalid");
    // A failure of a hook that may be left out is a warning.
    let ran = run("post_moderation", json!({"subject": {}})).await.well();
    assert_eq!(ran["warnings"][0]["code"], "EXT_HOOK_FAILED");
    let listed = served.get("/v1/hooks").await.well();
    assert_eq!(listed["hooks"][0]["why"], "by its name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_of_messages_that_say_whose_they_are() {
    let served = serving(&[("scenes", SCENES)]).await;
    let turn = |body: Value| {
        let served = &served;
        async move { served.post("/v1/turns?dry_run=true", &body).await }
    };
    let parts = json!([{"type": "text", "text": "Hello"}, {"type": "image"}, {"text": ", you"}]);
    for (content, drafted) in [(json!("Hello, you"), "Well met, you"), (parts, "Well met, you")] {
        let said = json!([{"role": "user", "content": content, "name": "Ada"}]);
        let body = json!({"messages": said, "context": {"session_id": "s"}});
        assert_eq!(turn(body).await.well()["text"], drafted);
    }
    let long = "x".repeat(257);
    for body in [
        json!({}),
        json!({"messages": []}),
        json!({"messages": [{"content": "Hello"}]}),
        json!({"messages": [{"role": 1, "content": "Hello"}]}),
        json!({"messages": [{"role": "user", "content": 1}]}),
        json!({"messages": [{"role": "user", "content": ["Hello"]}]}),
        json!({"messages": [{"role": "user"}], "document": ""}),
        json!({"messages": [{"role": "user"}], "context": {"session_id": long}}),
    ] {
        turn(body).await.problem(400, "ctx::http::shape");
    }
    let unnamed = json!({"messages": [{"role": "user", "content": "Hello"}]});
    turn(unnamed).await.problem(422, "ctx::hook::invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_stopped_and_let_run_again() {
    let served = serving(&[("scenes", SCENES)]).await;
    let put = |state: &str| {
        let body = json!({ "state": state }).to_string();
        let served = &served;
        async move { served.ask("PUT", "/v1/extensions/scenes/state", &[JSON], body).await }
    };
    assert_eq!(put("disabled").await.well()["changed"], true);
    let ran = served.post("/v1/turns", &said("Hello, friend")).await.well();
    assert_eq!(ran["text"], "Hello, friend");
    assert_eq!(ran["phases"][0]["runs"][0]["code"], "EXT_DISABLED");
    served
        .counts(
            "ctx_extension_disabled_invocations_total{extension=\"scenes\",hook=\"pre_chat_turn\",\
             reason=\"kill_switch\"}",
            1.0,
        )
        .await;
    assert_eq!(put("enabled").await.well()["changed"], true);
    let ran = served.post("/v1/turns", &said("Hello, friend")).await.well();
    assert_eq!(ran["text"], "Well met, friend");
    let config = served.get("/v1/extensions/config").await.well();
    assert_eq!(config["performance"], json!({"warn_percent": 5.0, "fail_percent": 7.0}));
}
