//! Metrics: what ran, how it ended and what it cost, and requests by route.

use serde_json::json;

use super::served::{JSON, SPINS, Served};
use crate::mcp::workspace::{GREET, RESEARCHER};

#[tokio::test(flavor = "multi_thread")]
async fn runs_show_with_their_failures_and_their_cost() {
    let extensions = [("greet.lua", GREET), ("spins.lua", SPINS), ("researcher.lua", RESEARCHER)];
    let served = Served::with(&extensions).await;
    let answer = served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
    served.post("/v1/tools/greet", &json!({"name": "Bo"})).await.well();
    served.post("/v1/tools/greet", &json!({})).await;
    served.post("/v1/tools/spins", &json!({})).await;
    served.post("/v1/agents/researcher/prompt", &json!({"topic": "owls"})).await.well();
    served.post("/v1/tools/nobody", &json!({})).await;

    let labels = r#"{extension="greet",role="tool"}"#;
    assert_eq!(served.count(&format!("ctx_calls_total{labels}")).await, Some(3.0));
    assert_eq!(served.count(&format!("ctx_calls_running{labels}")).await, Some(0.0));
    let fuel = served.count(&format!("ctx_fuel_total{labels}")).await.unwrap();
    assert!(fuel > answer["usage"]["fuel"].as_f64().unwrap(), "{fuel}");
    let peak = served.count(&format!("ctx_peak_memory_bytes{labels}")).await.unwrap();
    assert!(peak >= answer["usage"]["peak_memory_bytes"].as_f64().unwrap(), "{peak}");
    let times = served.count(&format!("ctx_call_duration_seconds_count{labels}")).await;
    assert_eq!(times, Some(3.0));
    for (labels, count) in [
        (r#"{extension="greet",role="tool",kind="refused"}"#, Some(1.0)),
        (r#"{extension="spins",role="tool",kind="time"}"#, Some(1.0)),
        (r#"{extension="researcher",role="agent",kind="refused"}"#, None),
    ] {
        assert_eq!(served.count(&format!("ctx_failures_total{labels}")).await, count, "{labels}");
    }
    let agents = r#"ctx_calls_total{extension="researcher",role="agent"}"#;
    assert_eq!(served.count(agents).await, Some(1.0));
    // What does not exist is counted nowhere.
    assert!(!served.get("/metrics").await.text().contains("nobody"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_never_by_path() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    let requests = |route: &str, status: u16| {
        format!("ctx_http_requests_total{{route=\"{route}\",status=\"{status}\"}}")
    };
    for at in 0..30 {
        served.get(&format!("/stranger-{at}")).await.problem(404, "ctx::http::route");
        served.post(&format!("/v1/tools/stranger-{at}"), &json!({})).await;
        let answer = served.ask("BREW", &format!("/v1/documents/stranger-{at}"), &[], "").await;
        assert_eq!(answer.status, 405);
        served.get(&format!("/docs/stranger-{at}")).await;
    }
    assert_eq!(served.count(&requests("(unknown)", 404)).await, Some(30.0));
    assert_eq!(served.count(&requests("/v1/tools/{name}", 404)).await, Some(30.0));
    assert_eq!(served.count(&requests("/v1/documents/{id}", 405)).await, Some(30.0));
    served.ask("POST", "/v1/tools/greet", &[JSON], "{}").await;
    assert_eq!(served.count(&requests("/v1/tools/{name}", 422)).await, Some(1.0));
    let text = served.get("/metrics").await.text();
    assert!(!text.contains("stranger"), "{text}");
    let routes = text.lines().filter(|line| line.starts_with("ctx_http_requests_total"));
    assert!(routes.count() < 12, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_are_written_as_open_metrics() {
    let served = Served::with(&[("greet.lua", GREET)]).await;
    // What never happened is not there.
    served.post("/v1/tools/greet", &json!({"name": 1})).await;
    let answer = served.get("/metrics").await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), kind);
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for name in [
        "ctx_calls",
        "ctx_calls_running",
        "ctx_failures",
        "ctx_call_duration_seconds",
        "ctx_fuel",
        "ctx_peak_memory_bytes",
        "ctx_http_requests",
    ] {
        for word in ["HELP", "TYPE"] {
            assert!(text.contains(&format!("# {word} {name} ")), "{word} {name}: {text}");
        }
    }
}
