//! A scratch workspace, and the two kinds of client that speak to it over
//! HTTP.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use ctx_core::{Host, HostOptions, NativeExtension, Observer, Places};
use ctx_serve::mcp::{HttpOptions, HttpService, http};
use ctx_store::JournalEntry;
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt as _;

/// A tool that greets.
pub(crate) const GREET: &str = r#"
tool = {
  name = "greet",
  title = "Greet",
  description = "Greets somebody",
  parameters = { { name = "name", required = true, description = "Who" } },
  hints = { read_only = true },
}
function tool.execute(params)
  return { greeting = "hello " .. params.name }
end
"#;

/// An agent that knows one thing.
pub(crate) const RESEARCHER: &str = r#"
agent = {
  name = "researcher",
  description = "Researches",
  arguments = { { name = "topic", required = true, description = "What" } },
  tools = { "greet" },
}
function agent.resolve(args)
  return {
    system = "You research.",
    messages = { { role = "user", content = "Start with " .. args.topic }, { role = "assistant", content = "Yes" } },
  }
end
"#;

/// A tool that runs until it is stopped.
pub(crate) const ENDLESS: &str = r#"
tool = { name = "endless", description = "Never answers" }
function tool.execute() while true do end end
"#;

/// A tool that asks for a name.
pub(crate) const ASKS: &str = r#"
tool = { name = "asks", description = "Asks for a name" }
function tool.execute(params, context)
  local resumed = context.resumed
  if not resumed or not resumed.answers.who then
    return ctx.ask({ ctx.form("who", "Who are you?", { { name = "name" } }) }, { round = 1 })
  end
  local answer = resumed.answers.who
  return { outcome = answer.outcome, value = answer.value, round = resumed.state.round }
end
"#;

pub(crate) struct Workspace {
    folder: TempDir,
    /// Extensions that are part of the program.
    native: Vec<NativeExtension>,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let workspace = Self { folder: tempfile::tempdir().unwrap(), native: Vec::new() };
        ctx_core::init(workspace.folder.path()).unwrap();
        workspace
    }

    /// Adds an extension that is part of the program.
    pub(crate) fn with_native(mut self, extension: NativeExtension) -> Self {
        self.native.push(extension);
        self
    }

    pub(crate) fn drop_in(&self, name: &str, script: &str) -> &Self {
        let folder = self.folder.path().join(".ctx/extensions");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), script).unwrap();
        self
    }

    /// Writes the config, which nobody trusts yet.
    pub(crate) fn config(&self, text: &str) -> &Self {
        fs::write(self.folder.path().join(".ctx/config.toml"), text).unwrap();
        self
    }

    pub(crate) fn open(&self) -> Arc<Host> {
        self.open_with(None)
    }

    /// Opens a host and watches its runs.
    pub(crate) fn observe(&self) -> (Arc<Host>, Arc<Runs>) {
        let runs = Arc::new(Runs::default());
        (self.open_with(Some(runs.clone())), runs)
    }

    /// Compiling the interpreter takes a second; all tests share that, and
    /// nothing else.
    pub(crate) fn open_with(&self, observer: Option<Arc<dyn Observer>>) -> Arc<Host> {
        let code = Places::below(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve"));
        let places = self.places();
        let options = HostOptions {
            code: Some(code),
            on_demand: true,
            observer,
            native: self.native.clone(),
            ..HostOptions::new(self.folder.path(), places)
        };
        Arc::new(Host::open(options).unwrap())
    }

    pub(crate) fn places(&self) -> Places {
        Places::below(&self.folder.path().join("places"))
    }

    pub(crate) fn store(&self) -> ctx_store::Store {
        ctx_store::Store::open(&self.folder.path().join(".ctx/data")).unwrap()
    }

    pub(crate) fn serve(&self) -> Endpoint {
        Endpoint::new(&self.open())
    }
}

/// The runs that a host began and ended.
#[derive(Default)]
pub(crate) struct Runs {
    begun: watch::Sender<bool>,
    ended: watch::Sender<Option<(String, Option<String>)>>,
}

impl Observer for Runs {
    fn began(&self, _: &str, _: &'static str) {
        self.begun.send_replace(true);
    }

    fn ended(&self, _: &'static str, entry: &JournalEntry) {
        self.ended.send_replace(Some((entry.outcome.clone(), entry.caller.clone())));
    }
}

impl Runs {
    pub(crate) async fn begun(&self) {
        self.begun.subscribe().wait_for(|begun| *begun).await.unwrap();
    }

    /// Waits for a run to end, and says how and who had asked.
    pub(crate) async fn ended(&self) -> (String, Option<String>) {
        let mut ended = self.ended.subscribe();
        ended.wait_for(Option::is_some).await.unwrap().clone().unwrap()
    }
}

/// The endpoint, without a network in between.
#[derive(Clone)]
pub(crate) struct Endpoint {
    service: HttpService,
    /// The address, as clients have it.
    at: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Each message of a stream, or the one of a plain answer.
    pub(crate) messages: Vec<Value>,
}

impl Endpoint {
    pub(crate) fn new(host: &Arc<Host>) -> Self {
        Self::of(http(host.clone(), HttpOptions::default()))
    }

    pub(crate) fn of(service: HttpService) -> Self {
        Self { service, at: "/mcp".to_owned() }
    }

    /// The same at another address.
    pub(crate) fn at(&self, at: &str) -> Self {
        Self { at: at.to_owned(), ..self.clone() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(&self.at)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream");
        for (name, value) in headers {
            request.headers_mut().unwrap().insert(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        self.service.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        let response = self.send(Method::POST, headers, message.to_string()).await;
        let (parts, body) = response.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        let text = std::str::from_utf8(&text).unwrap();
        let is_stream =
            parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let messages = if is_stream {
            text.lines()
                .filter_map(|line| line.strip_prefix("data:"))
                .filter(|data| !data.trim().is_empty())
                .map(|data| serde_json::from_str(data).unwrap())
                .collect()
        } else if text.is_empty() {
            Vec::new()
        } else {
            vec![serde_json::from_str(text).unwrap()]
        };
        Answer { status: parts.status, headers: parts.headers, messages }
    }

    /// Opens a session as clients of the older protocol do.
    pub(crate) async fn initialize(&self, capabilities: Value) -> Legacy {
        let answer = self.post(&[], &initialize(&capabilities)).await;
        let session = answer.headers["mcp-session-id"].to_str().unwrap().to_owned();
        let legacy = Legacy { endpoint: self.clone(), session, info: answer.result() };
        let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(legacy.post(&done).await.status, StatusCode::ACCEPTED);
        legacy
    }

    /// Asks as clients of the newer protocol do: each request says who they
    /// are.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Answer {
        self.ask_as(json!({}), method, params).await
    }

    pub(crate) async fn ask_as(&self, capabilities: Value, method: &str, params: Value) -> Answer {
        let message = modern(&capabilities, method, params);
        let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
        let name = match method {
            "resources/read" => &message["params"]["uri"],
            "tasks/get" | "tasks/update" | "tasks/cancel" => &message["params"]["taskId"],
            _ => &message["params"]["name"],
        };
        if let Some(name) = name.as_str() {
            headers.push(("mcp-name", name));
        }
        self.post(&headers, &message).await
    }
}

impl Answer {
    /// The last message, which answers the request.
    pub(crate) fn last(&self) -> &Value {
        self.messages.last().unwrap_or_else(|| panic!("nothing came back: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        let result = self.last()["result"].clone();
        assert!(!result.is_null(), "{self:?}");
        result
    }

    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let error = self.last()["error"].clone();
        assert!(!error.is_null(), "{self:?}");
        error
    }
}

/// A session of a client of the older protocol.
pub(crate) struct Legacy {
    pub(crate) endpoint: Endpoint,
    pub(crate) session: String,
    pub(crate) info: Value,
}

impl Legacy {
    pub(crate) fn headers(&self) -> [(&str, &str); 2] {
        [("mcp-session-id", &self.session), ("mcp-protocol-version", "2025-11-25")]
    }

    pub(crate) async fn post(&self, message: &Value) -> Answer {
        self.endpoint.post(&self.headers(), message).await
    }

    pub(crate) async fn ask(&self, method: &str, params: Value) -> Answer {
        self.post(&json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})).await
    }
}

pub(crate) fn initialize(capabilities: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities,
        "clientInfo": {"name": "test", "version": "1"},
    }})
}

pub(crate) fn modern(capabilities: &Value, method: &str, params: Value) -> Value {
    let mut params = params;
    let own = params["_meta"].take();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    if let (Value::Object(own), Some(meta)) = (own, params["_meta"].as_object_mut()) {
        meta.extend(own);
    }
    json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
}
