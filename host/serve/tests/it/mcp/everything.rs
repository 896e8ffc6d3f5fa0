//! What an extension gives beside tools and prompts, as clients of both eras
//! get it. The official suite asks for the same; here is what it does not.

use http::Method;
use serde_json::{Value, json};

use super::changes::Stream;
use super::workspace::{Endpoint, Workspace, modern};

const EVERYTHING: &str = include_str!("../../../../../guests/lua/mcp-everything.lua");

/// Holds what the other one holds, too.
const OTHER: &str = r#"
resources = {
  { uri = "test://static-text", name = "other", text = "the other" },
  { uri_template = "other://{a}/{b}{?q}", name = "parts",
    read = function(address) return json.encode(address.variables) end },
}
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("mcp-everything.lua", EVERYTHING);
    workspace
}

/// What a client says that knows tasks and can be asked.
fn tasks() -> Value {
    json!({"elicitation": {}, "extensions": {"io.modelcontextprotocol/tasks": {}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_hold_one_address_are_told_apart_the_same_each_time() {
    let workspace = workspace();
    workspace.drop_in("zz.lua", OTHER);
    let endpoint = workspace.serve();
    let listed = endpoint.ask("resources/list", json!({})).await.result();
    let named = |name: &str| {
        let all = listed["resources"].as_array().unwrap().iter();
        all.clone().find(|one| one["name"] == name).unwrap()["uri"].as_str().unwrap().to_owned()
    };
    let other = "ctx://extension/zz/test://static-text";
    assert_eq!((named("static-text"), named("other")), ("test://static-text".into(), other.into()));
    for (uri, text) in [
        ("test://static-text", "This is the content of the static text resource."),
        (
            "ctx://extension/mcp-everything/test://static-text",
            "This is the content of the static text resource.",
        ),
        (other, "the other"),
        ("other://1/2%203?q=x", r#"{"a":"1","b":"2 3","q":"x"}"#),
        ("ctx://extension/zz/other://1/2", r#"{"a":"1","b":"2"}"#),
    ] {
        let read = endpoint.ask("resources/read", json!({"uri": uri})).await.result();
        assert_eq!(read["contents"][0]["text"], text, "{uri}");
        assert_eq!(read["contents"][0]["uri"], uri);
    }
    for uri in ["other://1", "ctx://extension/zz/test://nothing", "ctx://extension/nobody/a:b"] {
        let error = endpoint.ask("resources/read", json!({"uri": uri})).await.error();
        assert_eq!((&error["code"], &error["data"]), (&json!(-32602), &json!({"uri": uri})));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_says_reaches_those_who_asked_for_it() {
    let workspace = workspace();
    let endpoint = workspace.serve();
    let methods = |messages: &[Value]| -> Vec<String> {
        let methods = messages.iter().filter_map(|message| message["method"].as_str());
        methods.map(str::to_owned).collect()
    };
    let mut message = modern(&json!({}), "tools/call", json!({"name": "test_logging_tool"}));
    let headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "test_logging_tool"),
    ];
    for (level, heard) in [("info", 1), ("debug", 1), ("warning", 0)] {
        message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = level.into();
        let answer = endpoint.post(&headers, &message).await;
        assert_eq!(methods(&answer.messages).len(), heard, "{level}");
        assert!(answer.result()["content"].is_array());
    }
    let mut message = modern(&json!({}), "tools/call", json!({"name": "test_tool_with_progress"}));
    message["params"]["_meta"]["progressToken"] = "p".into();
    let headers = [headers[0], headers[1], ("mcp-name", "test_tool_with_progress")];
    let answer = endpoint.post(&headers, &message).await;
    let told: Vec<&Value> =
        answer.messages.iter().map(|message| &message["params"]["progress"]).collect();
    assert_eq!(told, [&json!(0.0), &json!(50.0), &json!(100.0), &Value::Null]);
    assert_eq!(answer.messages[0]["params"]["progressToken"], "p");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_changes_is_told_to_those_who_watch_it() {
    let workspace = workspace();
    let endpoint = workspace.serve();
    let legacy = endpoint.initialize(json!({})).await;
    let stream = endpoint.send(Method::GET, &legacy.headers(), "").await;
    let unknown = legacy.ask("resources/subscribe", json!({"uri": "test://nothing"})).await;
    assert_eq!(unknown.error()["data"]["uri"], "test://nothing");
    let watched = json!({"uri": "test://watched-resource"});
    legacy.ask("resources/subscribe", watched.clone()).await.result();
    legacy.ask("tools/call", json!({"name": "test_update_resource"})).await.result();
    let mut stream = Stream::new(stream.into_body());
    let told = stream.next().await.unwrap();
    assert_eq!(told["method"], "notifications/resources/updated");
    assert_eq!(told["params"], watched);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_may_take_long_is_a_task_only_if_it_does() {
    let workspace = workspace();
    let endpoint = workspace.serve();
    // Compiled before it is timed.
    endpoint.ask("tools/call", json!({"name": "greet", "arguments": {"name": "a"}})).await;
    let call = |seconds: f64| json!({"name": "slow_compute", "arguments": {"seconds": seconds}});
    let quick = endpoint.ask_as(tasks(), "tools/call", call(0.0)).await.result();
    assert_eq!(quick["resultType"], "complete");
    let slow = endpoint.ask_as(tasks(), "tools/call", call(20.0)).await.result();
    assert_eq!(slow["resultType"], "task");
    let task = json!({"taskId": slow["taskId"]});
    let stands = endpoint.ask_as(tasks(), "tasks/get", task.clone()).await.result();
    assert_eq!(stands["status"], "working");
    endpoint.ask_as(tasks(), "tasks/cancel", task.clone()).await.result();
    loop {
        let stands = endpoint.ask_as(tasks(), "tasks/get", task.clone()).await.result();
        match stands["status"].as_str() {
            Some("working") => tokio::task::yield_now().await,
            other => break assert_eq!(other, Some("cancelled")),
        }
    }
    let error = endpoint.ask_as(tasks(), "tasks/get", json!({"taskId": "nobody's"})).await.error();
    assert_eq!(error["code"], -32602);
    // Whoever knows no tasks waits, or hears that it takes one.
    let error = endpoint.ask("tools/call", json!({"name": "failing_job"})).await.error();
    assert_eq!(error["code"], -32021);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_offered_for_arguments_and_places() {
    let workspace = workspace();
    let endpoint = workspace.serve();
    let offered = async |reference: Value, name: &str, value: &str| {
        let argument = json!({"name": name, "value": value});
        let params = json!({"ref": reference, "argument": argument});
        endpoint.ask("completion/complete", params).await
    };
    let prompt = json!({"type": "ref/prompt", "name": "test_prompt_with_arguments"});
    let template = json!({"type": "ref/resource", "uri": "test://template/{id}/data"});
    let document = json!({"type": "ref/resource", "uri": "ctx://document/{id}"});
    let values = |answer: super::workspace::Answer| answer.result()["completion"]["values"].clone();
    assert_eq!(
        values(offered(prompt.clone(), "arg1", "par").await),
        json!(["paris", "park", "party"])
    );
    assert_eq!(values(offered(prompt, "arg2", "par").await), json!([]));
    assert_eq!(values(offered(template, "id", "12").await), json!(["12", "123"]));
    assert_eq!(values(offered(document, "id", "").await), json!([]));
    let nobody = json!({"type": "ref/prompt", "name": "nobody"});
    assert_eq!(offered(nobody, "a", "").await.error()["code"], -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_that_says_that_a_list_has_changed_is_believed() {
    let workspace = workspace();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    let endpoint = Endpoint::new(&host);
    let legacy = endpoint.initialize(json!({})).await;
    let stream = endpoint.send(Method::GET, &legacy.headers(), "").await;
    let mut stream = Stream::new(stream.into_body());
    for (tool, method) in [
        ("test_trigger_prompt_change", "notifications/prompts/list_changed"),
        ("test_trigger_tool_change", "notifications/tools/list_changed"),
    ] {
        legacy.ask("tools/call", json!({"name": tool})).await.result();
        assert_eq!(stream.next().await.unwrap()["method"], method);
    }
}
