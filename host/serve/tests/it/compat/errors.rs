//! Errors in Context Harness's words: by what happened, never by how it was
//! worded, and as JSON wherever theirs were plain text.

use serde_json::json;

use super::{error, serve};
use crate::mcp::workspace::GREET;
use crate::rest::served::{JSON, SPINS, Served};

/// Fails in words that once were read.
const FAILS: &str = r#"
tool = {
  name = "fails", description = "Fails",
  parameters = { { name = "word", required = true, description = "What to say" } },
}
function tool.execute(params) error(params.word, 0) end
"#;

const KINDS: &str = r#"
tool = {
  name = "kinds", description = "Fails as told",
  parameters = { { name = "kind", required = true, description = "How" } },
}
function tool.execute(params) ctx.fail(params.kind, "told to") end
"#;

const READS_ENV: &str = r#"-- /// ctx
-- [requests]
-- env = ["COLOUR"]
-- ///
tool = { name = "colour", description = "Reads a variable", parameters = {} }
function tool.execute() return env.get("COLOUR") end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_never_read_out_of_words() {
    let served = serve(&[("fails.lua", FAILS)]).await;
    for word in ["user not found", "invalid x", "embeddings disabled", "timed out", "boom"] {
        let answer = served.post("/tools/fails", &json!({"word": word})).await;
        let message = error(&answer, 500, "tool_error")["message"].clone();
        assert!(message.as_str().unwrap().contains(word), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_a_tool_means_has_its_status() {
    let served = serve(&[("kinds.lua", KINDS)]).await;
    for (kind, status, code) in [
        ("not-found", 404, "not_found"),
        ("invalid-input", 400, "bad_request"),
        ("denied", 403, "forbidden"),
        ("unavailable", 500, "tool_error"),
        ("internal", 500, "tool_error"),
    ] {
        error(&served.post("/tools/kinds", &json!({"kind": kind})).await, status, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_says_has_the_known_statuses() {
    let served = Served::with(&[("greet.lua", GREET), ("spins.lua", SPINS)]).await;
    error(&served.post("/tools/nobody", &json!({})).await, 404, "not_found");
    error(&served.post("/tools/greet", &json!({})).await, 400, "bad_request");
    error(&served.post("/tools/greet", &json!({"name": 1})).await, 400, "bad_request");
    error(&served.post("/tools/spins", &json!({})).await, 408, "timeout");
    let path = "/tools/greet";
    error(&served.ask("POST", path, &[JSON], "{").await, 400, "bad_request");
    error(&served.ask("POST", path, &[], "{}").await, 415, "unsupported_media_type");
    let text = [("content-type", "text/plain")];
    error(&served.ask("POST", path, &text, "{}").await, 415, "unsupported_media_type");
    let mut wire = served.wire().await;
    wire.try_send(served.asking("POST", path, &[JSON], " ".repeat(5 << 20))).await;
    error(&wire.answer_to("POST").await, 413, "payload_too_large");
    error(&served.ask("PUT", path, &[JSON], "{}").await, 405, "method_not_allowed");
    error(&served.get("/agents/x/y/z").await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_grant_is_told_with_the_command_that_gives_it() {
    let served = serve(&[("colour.lua", READS_ENV)]).await;
    let answer = served.post("/tools/colour", &json!({})).await;
    let help = error(&answer, 403, "forbidden")["help"][0].clone();
    assert!(help.as_str().unwrap().contains("`ctx grant colour env COLOUR`"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c17_one_bad_tool_does_not_keep_the_others_from_being_served() {
    let bad = "tool = { name = 'bad', parameters = { { type = 'string' } } }";
    let served = serve(&[("greet.lua", GREET), ("bad.lua", bad), ("torn.lua", "tool = {")]).await;
    served.post("/tools/greet", &json!({"name": "Ada"})).await.well();
    error(&served.post("/tools/bad", &json!({})).await, 404, "not_found");
    let all = served.get("/v1/extensions").await.well();
    let states: Vec<_> = all["extensions"].as_array().unwrap().iter().collect();
    assert!(states.iter().any(|one| one["name"] == "torn" && one["state"] == "error"), "{all}");
}
