//! Extensions that are part of the program: no verb and no shell tells them
//! from others, but for the mark.

use std::sync::Arc;

use ctx_core::{
    NativeAgent, NativeConnector, NativeExtension, NativeScan, NativeSource, NativeTool,
    Surroundings,
};
use ctx_model::{
    AgentInfo, CallRequest, Change, Content, Document, ExtensionName, Failure, FailureKind, Hints,
    OpenRequest, Output, Page, Prompt, PromptReply, PromptRequest, Reply, SourceInfo, TaskSupport,
    ToolInfo,
};
use serde_json::{Value, json};

use super::error;
use crate::mcp::workspace::{Endpoint, GREET, Workspace};
use crate::rest::served::Served;
use crate::rest::wire::within;

/// A tool that does as it is told.
struct Does;

#[async_trait::async_trait]
impl NativeTool for Does {
    fn info(&self) -> ToolInfo {
        let schema = json!({"type": "object", "properties": {
            "what": {"type": "string"}, "times": {"type": "integer", "default": 2},
        }, "required": ["what"]});
        ToolInfo {
            name: "does".to_owned(),
            title: None,
            description: "Does as it is told".to_owned(),
            input_schema: schema.to_string(),
            output_schema: None,
            hints: Hints::default(),
            task: TaskSupport::Forbidden,
            meta: None,
        }
    }

    async fn call(&self, request: CallRequest, around: Surroundings) -> Result<Reply, Failure> {
        let arguments: Value = serde_json::from_str(&request.arguments).unwrap();
        let structured = match arguments["what"].as_str().unwrap() {
            "panic" => panic!("it was told to"),
            "wait" => std::future::pending().await,
            "much" => json!({"text": "x".repeat(5 << 20)}),
            "fail" => {
                return Err(Failure {
                    kind: FailureKind::NotFound,
                    message: "told to".to_owned(),
                    retry_after: None,
                    details: None,
                });
            }
            "count" => json!({"sources": around.context.sources().unwrap().len()}),
            _ => arguments,
        };
        let structured = Some(structured.to_string());
        Ok(Reply::Done(Output { structured, ..Output::default() }))
    }
}

struct Persona;

#[async_trait::async_trait]
impl NativeAgent for Persona {
    fn info(&self) -> AgentInfo {
        AgentInfo {
            name: "persona".to_owned(),
            title: None,
            description: "A persona".to_owned(),
            arguments: Vec::new(),
            tools: vec!["does".to_owned()],
            meta: None,
        }
    }

    async fn prompt(&self, _: PromptRequest, _: Surroundings) -> Result<PromptReply, Failure> {
        let system = "You do.".to_owned();
        Ok(PromptReply::Done(Prompt { system, messages: Vec::new(), tools: None }))
    }
}

/// A connector with as many documents as it says, which come one by one.
struct Many(u32);

struct Walk(std::ops::Range<u32>);

#[async_trait::async_trait]
impl NativeConnector for Many {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            description: "Many".to_owned(),
            settings_schema: "{}".to_owned(),
            incremental: false,
            complete: true,
            streaming: true,
        }
    }

    async fn open(&self, _: OpenRequest, _: Surroundings) -> Result<Box<dyn NativeScan>, Failure> {
        Ok(Box::new(Walk(0..self.0)))
    }
}

#[async_trait::async_trait]
impl NativeScan for Walk {
    async fn next(&mut self, most: u32) -> Result<Option<Page>, Failure> {
        let changes: Vec<Change> = self.0.by_ref().take(most as usize).map(document).collect();
        Ok((!changes.is_empty()).then(|| Page { changes, ..Page::default() }))
    }

    async fn read(&mut self, id: &str) -> Result<Content, Failure> {
        Ok(Content::Text(format!("The text of {id}")))
    }
}

fn document(number: u32) -> Change {
    Change::Upsert(Document {
        id: number.to_string(),
        version: "1".to_owned(),
        title: Some(format!("Number {number}")),
        author: None,
        uri: None,
        media_type: "text/plain".to_owned(),
        language: None,
        created: None,
        modified: None,
        data_classes: None,
        metadata: "{}".to_owned(),
        content: Content::Deferred,
    })
}

fn own() -> NativeExtension {
    let mut own = NativeExtension::new(ExtensionName::new("own").unwrap());
    own.version = Some("1.2.3".to_owned());
    own.tools = vec![Arc::new(Does)];
    own.agents = vec![Arc::new(Persona)];
    let connector = Arc::new(Many(300));
    own.source = Some(NativeSource { label: "custom:many".to_owned(), connector });
    own
}

async fn serve(config: &str) -> Served {
    let workspace = Workspace::new().with_native(own());
    workspace.config(config).open().trust().unwrap();
    Served::new(workspace).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_shown_beside_the_others_and_marked() {
    let workspace = Workspace::new().with_native(own());
    workspace.drop_in("greet.lua", GREET);
    let served = Served::new(workspace).await;
    let capabilities = served.get("/v1/capabilities").await.well();
    let shown = &capabilities["installed"];
    assert_eq!((&shown[0]["name"], &shown[1]["name"]), (&json!("greet"), &json!("own")));
    assert_eq!((&shown[0]["kind"], &shown[1]["kind"]), (&json!("lua"), &json!("native")));
    let own = &shown[1];
    assert_eq!(own["origin"]["layer"], "native");
    assert_eq!(own["version"], "1.2.3");
    assert_eq!(own["roles"], json!(["connector", "tool", "agent"]));
    assert_eq!((&own["requests"], &own["grants"]), (&json!({}), &json!({})));
    assert_eq!(own["state"], "ready");
    assert_eq!(capabilities["extensions"]["tools"], json!(["does", "greet"]));
    let agents = served.get("/agents/list").await.well();
    assert_eq!(agents["agents"][0]["source"], "rust");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_arguments_are_checked_and_filled() {
    let served = serve("").await;
    let answer = served.post("/tools/does", &json!({"what": "say"})).await.well();
    assert_eq!(answer["result"], json!({"what": "say", "times": 2}));
    error(&served.post("/tools/does", &json!({})).await, 400, "bad_request");
    let answer = served.post("/v1/tools/does", &json!({"what": "say"})).await.well();
    assert_eq!(answer["usage"]["fuel"], 0);
    assert_eq!(served.journal("own")[0].outcome, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_failure_and_the_server_goes_on() {
    let served = serve("").await;
    let answer = served.post("/v1/tools/does", &json!({"what": "panic"})).await;
    let problem = answer.problem(502, "ctx::call::internal");
    assert!(problem["detail"].as_str().unwrap().contains("it was told to"), "{problem}");
    assert_eq!(served.journal("own")[0].outcome, "internal");
    served.post("/tools/does", &json!({"what": "say"})).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_time_and_its_size_have_limits() {
    let served = serve("[extension.own]\nlimits = { time = \"500ms\" }\n").await;
    let answer = served.post("/v1/tools/does", &json!({"what": "wait"})).await;
    answer.problem(504, "ctx::limit::time");
    let answer = served.post("/v1/tools/does", &json!({"what": "much"})).await;
    answer.problem(502, "ctx::limit::output");
    error(&served.post("/tools/does", &json!({"what": "wait"})).await, 408, "timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_kind_of_failure_it_is() {
    let served = serve("").await;
    let answer = served.post("/v1/tools/does", &json!({"what": "fail"})).await;
    answer.problem(404, "ctx::call::not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_nobody_waits_and_it_is_dropped() {
    let served = serve("[extension.own]\nlimits = { time = \"1h\" }\n").await;
    let mut wire = served.wire().await;
    let headers = [crate::rest::served::JSON];
    wire.send(served.asking("POST", "/tools/does", &headers, r#"{"what": "wait"}"#)).await;
    served.counts("ctx_calls_running{extension=\"own\",role=\"tool\"}", 1.0).await;
    drop(wire);
    within(async {
        while served.journal("own").is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(served.journal("own")[0].outcome, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_connector_is_a_source_without_any_config() {
    let served = serve("").await;
    let path = "/v1/sources/custom:many/syncs";
    let synced = served.post(path, &json!({})).await.well();
    assert_eq!((&synced["documents"], &synced["added"]), (&json!(300), &json!(300)), "{synced}");
    let again = served.post(path, &json!({})).await.well();
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(300)), "{again}");
    let hits = served.get("/v1/search?q=text&source=custom:many").await.well();
    assert!(!hits["hits"].as_array().unwrap().is_empty());
    let sources = served.get("/v1/sources").await.well();
    assert_eq!(sources["sources"][0]["name"], "custom:many");
    assert_eq!(sources["sources"][0]["ready"], true);
    let answer = served.post("/tools/does", &json!({"what": "count"})).await.well();
    assert_eq!(answer["result"]["sources"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_over_mcp() {
    let workspace = Workspace::new().with_native(own());
    let endpoint = Endpoint::new(&workspace.open());
    let call = json!({"name": "does", "arguments": {"what": "say"}});
    let answer = endpoint.ask("tools/call", call).await.result();
    assert_eq!(answer["structuredContent"], json!({"what": "say", "times": 2}));
    let panics = json!({"name": "does", "arguments": {"what": "panic"}});
    assert_eq!(endpoint.ask("tools/call", panics).await.result()["isError"], true);
    let prompt = endpoint.ask("prompts/get", json!({"name": "persona"})).await.result();
    assert_eq!(prompt["messages"][0]["content"]["text"], "You do.");
    assert_eq!(prompt["_meta"]["ctx/tools"], json!(["does"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_its_name_is_hidden_and_a_bad_one_is_told() {
    let mut broken = NativeExtension::new(ExtensionName::new("twice").unwrap());
    broken.tools = vec![Arc::new(Does), Arc::new(Does)];
    let workspace = Workspace::new().with_native(own()).with_native(broken);
    workspace.drop_in("own.lua", GREET);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.installed.len(), 1);
    assert_eq!(catalog.shadowed[0].0.as_str(), "own");
    assert_eq!(catalog.problems[0].name, "twice");
    assert!(catalog.problems[0].why.contains("two tools `does`"), "{}", catalog.problems[0].why);
    // To look again finds the same, and tells nobody of a change.
    assert!(Arc::ptr_eq(&catalog, &host.reload().await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_may_deny_it() {
    let served = serve("[extensions]\ndeny = [\"own\"]\n").await;
    error(&served.post("/tools/does", &json!({"what": "say"})).await, 404, "not_found");
}
