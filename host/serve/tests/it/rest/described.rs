//! The description of the interface, held against the interface.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::served::Served;
use crate::mcp::workspace::{ASKS, GREET, RESEARCHER, Workspace};

const NOTES: &str = r#"
connector = { description = "One note" }
function connector.scan() ctx.emit({ source_id = "one", title = "One", version = "1", body = "hello" }) end
"#;

/// Takes part in every phase of a chat.
const SCENES: &str = r#"-- /// ctx
-- state_transaction_support = true
-- ///
hooks = {
  retrieval_enrichment = function(query) return { snippets = { "about " .. query }, tags = { "t" } } end,
  pre_chat_turn = function() return { snippets = { "It rains." }, tags = { "rain" } } end,
  post_model_draft = function() return { edits = { { start = 0, stop = 5, text = "Well met" } } } end,
  post_moderation = function(turn) return { changes = { seen = turn.moderation } } end,
  pre_persist_turn = function(turn, run)
    return { { id = run.request, operations = { { path = "turns", action = "increment", value = 1 } } } }
  end,
}
"#;

const FIRST_PASSAGES: &str = include_str!("../../../../../guests/lua/first-passages.lua");
const CUES: &str = include_str!("../../../../../guests/lua/cues.lua");

/// Serves at least one of everything.
async fn all() -> Served {
    let workspace = Workspace::new().with_native(ctx_core::builtin());
    workspace
        .drop_in("greet.lua", GREET)
        .drop_in("asks.lua", ASKS)
        .drop_in("researcher.lua", RESEARCHER)
        .drop_in("notes.lua", NOTES)
        .drop_in("scenes.lua", SCENES)
        .drop_in("first-passages.lua", FIRST_PASSAGES)
        .drop_in("cues.lua", CUES)
        .drop_in("broken.lua", "error('no')")
        .config("[sources.notes]\nextension = \"notes\"\n");
    workspace.open().trust().unwrap();
    let served = Served::new(workspace).await;
    served.post("/v1/sources/notes/syncs", &json!({})).await.well();
    served.post("/v1/tools/greet", &json!({"name": "Ada"})).await.well();
    served.post("/v1/tools/greet", &json!({"name": "Ada", "more": 1})).await;
    served
}

/// What is described: methods, paths and operations.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| {
            (method.to_uppercase(), path.clone(), operation.clone())
        })
    });
    each.collect()
}

/// Puts names of things that are there in the place of a path's parameters.
fn filled(path: &str, document: &str) -> String {
    let name = match path {
        _ if path.contains("/agents/") => "researcher",
        _ if path.contains("/compressors/") => "first-passages",
        _ if path.contains("/chunkers/") => "cues",
        _ if path.contains("/read-modes/") => "timings",
        _ => "greet",
    };
    let path = path.replace("{name}", name).replace("{source}", "notes").replace("{id}", document);
    let path = path.replace("{phase}", "pre_persist_turn").replace("{document}", "s");
    if path == "/v1/search" { "/v1/search?q=hello".to_owned() } else { path }
}

fn each(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| each(value, see)),
        Value::Object(fields) => fields.values().for_each(|value| each(value, see)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_interface_is_described() {
    let served = Served::with(&[]).await;
    let document = served.get("/openapi.json").await.well();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let mut routes: Vec<String> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    routes.sort();
    assert_eq!(
        routes,
        [
            "GET /agents/list",
            "GET /health",
            "GET /metrics",
            "GET /tools/list",
            "GET /tools/sources",
            "GET /tools/{name}",
            "GET /v1/agents",
            "GET /v1/capabilities",
            "GET /v1/capabilities/schema.json",
            "GET /v1/documents/{id}",
            "GET /v1/extensions",
            "GET /v1/extensions/config",
            "GET /v1/extensions/{name}",
            "GET /v1/extensions/{name}/logs",
            "GET /v1/hooks",
            "GET /v1/search",
            "GET /v1/sources",
            "GET /v1/state/{document}",
            "GET /v1/tools",
            "POST /agents/{name}/prompt",
            "POST /tools/list",
            "POST /tools/sources",
            "POST /tools/{name}",
            "POST /v1/agents/{name}/prompt",
            "POST /v1/chunkers/{name}/runs",
            "POST /v1/compressors/{name}/runs",
            "POST /v1/hooks/{phase}/runs",
            "POST /v1/read-modes/{name}/runs",
            "POST /v1/sources/{source}/syncs",
            "POST /v1/tools/{name}",
            "POST /v1/turns",
            "PUT /v1/extensions/{name}/state",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_the_description_names_is_in_it() {
    let served = Served::with(&[]).await;
    let document = served.get("/openapi.json").await.well();
    let mut named = BTreeSet::new();
    each(&document, &mut |value| {
        if let Some(name) = value.get("$ref").and_then(Value::as_str) {
            named.insert(name.to_owned());
        }
    });
    assert!(named.len() > 20, "{named:?}");
    for name in &named {
        let at = name.strip_prefix('#').unwrap_or_else(|| panic!("{name} is elsewhere"));
        assert!(document.pointer(at).is_some(), "{name} is nowhere");
    }
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} is there twice: generated clients would clash");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let wanted: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(declared, wanted, "{method} {path}");
        // The schemes are those that are declared.
        for scheme in operation["security"].as_array().into_iter().flatten() {
            for name in scheme.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"].get(name).is_some(), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_is_described_answers_as_described() {
    let served = all().await;
    let description = served.get("/openapi.json").await.well();
    let hits = served.get("/v1/search?q=hello").await.well();
    let document = hits["hits"][0]["id"].as_str().unwrap();
    for (method, path, operation) in operations(&description) {
        let asked = filled(&path, document);
        let body = match (method.as_str(), path.as_str()) {
            ("POST", "/v1/tools/{name}" | "/tools/{name}") => json!({"name": "Ada"}),
            ("POST", "/v1/agents/{name}/prompt" | "/agents/{name}/prompt") => {
                json!({"topic": "owls"})
            }
            ("POST", "/v1/hooks/{phase}/runs") => json!({
                "subject": {"messages": []}, "context": {"session_id": "s"},
            }),
            ("POST", "/v1/compressors/{name}/runs") => json!({"passages": [{"text": "A word."}]}),
            ("POST", "/v1/chunkers/{name}/runs" | "/v1/read-modes/{name}/runs") => {
                json!({"text": "A word."})
            }
            ("POST", "/v1/turns") => json!({
                "messages": [{"role": "user", "content": "Hello"}],
                "moderation": {"verdict": "fine"},
                "context": {"session_id": "s"},
            }),
            ("PUT", _) => json!({"state": "enabled"}),
            _ => json!({}),
        };
        let answer = match method.as_str() {
            "POST" => served.post(&asked, &body).await,
            "PUT" => served.ask("PUT", &asked, &[super::served::JSON], body.to_string()).await,
            _ => served.get(&asked).await,
        };
        // A tool may bear the name; here none does.
        if (method.as_str(), path.as_str()) == ("POST", "/tools/list") {
            assert_eq!(answer.status, 404, "{}", answer.text());
            continue;
        }
        assert_eq!(answer.status, 200, "{method} {asked}: {}", answer.text());
        let content = operation["responses"]["200"]["content"].as_object().unwrap();
        let (kind, described) = content.iter().next().unwrap();
        assert!(answer.header("content-type").starts_with(kind.as_str()), "{method} {asked}");
        if kind == "application/json" {
            fits(&description, &described["schema"], &answer.json(), &format!("{method} {asked}"));
        }
        // Where there is no such thing, a problem says so.
        if method == "GET" && path.contains("/extensions/{name}") {
            let problem = served.get(&path.replace("{name}", "nobody")).await;
            let problem = problem.problem(404, "ctx::unknown::extension");
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            fits(&description, &schema, &problem, "a problem");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_fit_the_description_too() {
    let served = all().await;
    let description = served.get("/openapi.json").await.well();
    let answer = served.post("/v1/tools/asks", &json!({})).await.well();
    let schema = &description["paths"]["/v1/tools/{name}"]["post"]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    fits(&description, schema, &answer, "a question");
    assert_eq!(answer["result"]["asks"]["state"], json!({"round": 1}));
}

/// Holds a value against a schema, as far as ours go: references, types,
/// fields, variants. A field that is not described is an error, for programs
/// that are generated would drop it.
#[track_caller]
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Err(why) = fit(document, schema, value, at) {
        panic!("{why}");
    }
}

fn fit(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let named = document.pointer(name.trim_start_matches('#')).unwrap();
        return fit(document, named, value, at);
    }
    for word in ["oneOf", "anyOf"] {
        let Some(variants) = schema.get(word).and_then(Value::as_array) else { continue };
        let tried: Vec<_> =
            variants.iter().map(|variant| fit(document, variant, value, at)).collect();
        if tried.iter().any(Result::is_ok) {
            return Ok(());
        }
        return Err(format!("{at}: no variant fits: {tried:?}"));
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        fit(document, part, value, at)?;
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        return Err(format!("{at}: {value} is none of {values:?}"));
    }
    let is_right = match schema.get("type").and_then(Value::as_str) {
        None => return Ok(()),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => return Err(format!("{at}: what is {other}?")),
    };
    if !is_right {
        return Err(format!("{at}: {value} is no {}", schema["type"]));
    }
    if let Some(items) = schema.get("items") {
        for (index, one) in value.as_array().into_iter().flatten().enumerate() {
            fit(document, items, one, &format!("{at}[{index}]"))?;
        }
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap();
        if !fields.contains_key(name) {
            return Err(format!("{at}: there is no {name}"));
        }
    }
    let more = schema.get("additionalProperties");
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, field) in fields {
        let at = format!("{at}.{name}");
        match (known.and_then(|known| known.get(name)), more) {
            (Some(schema), _) => fit(document, schema, field, &at)?,
            (None, Some(schema)) if schema.is_object() => fit(document, schema, field, &at)?,
            (None, None) if known.is_some() => return Err(format!("{at} is not described")),
            (None, _) => {}
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_description_loads_nothing_from_elsewhere() {
    let served = Served::with(&[]).await;
    assert_eq!(served.get("/docs").await.header("location"), "/docs/");
    let page = served.get("/docs/").await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{policy}");
    let mut loaded = 0;
    for part in page.text().split(['"', '\'']).filter(|part| part.contains('.')) {
        let is_file = [".css", ".js", ".png"].iter().any(|end| part.ends_with(end));
        assert!(!part.starts_with("http") && !part.starts_with("//"), "{part}");
        if is_file {
            let path = format!("/docs/{}", part.trim_start_matches("./"));
            assert_eq!(served.get(&path).await.status, 200, "{path}");
            loaded += 1;
        }
    }
    assert!(loaded >= 4, "{}", page.text());
    let script = served.get("/docs/swagger-initializer.js").await.text();
    assert!(script.contains("/openapi.json"), "{script}");
    assert!(!script.contains("://"), "{script}");
}
