//! `/v1/capabilities` as a contract: every answer fits the schema that is
//! published, and the schema takes nothing back that a release promised.

mod additive;

use ctx_core::ConformanceRow;
use ctx_serve::wire;
use serde_json::{Value, json};

use crate::mcp::workspace::{GREET, RESEARCHER, Workspace};
use crate::rest::served::Served;
use additive::broken;

/// The schema of contract version 1, as it was last released.
const RELEASED: &str = include_str!("../../contracts/capabilities-1.schema.json");

const NOTES: &str = r#"-- /// ctx
-- version = "1.2.3"
-- license = "MIT"
-- contract = "^0.1"
-- [requests]
-- env = ["COLOUR"]
-- kv = true
-- ///
connector = { description = "One note", settings = { { name = "from", type = "string" } } }
function connector.scan() return { { source_id = "one", body = "hello" } } end
"#;
const HOOKS: &str = r#"-- /// ctx
-- priority = 7
-- data_class_scopes = ["pii"]
-- state_transaction_support = true
-- ///
hooks = {
  pre_chat_turn = function() return "words" end,
  pre_persist_turn = function() return {} end,
}
"#;
const CUES: &str = include_str!("../../../../guests/lua/cues.lua");
const FIRST_PASSAGES: &str = include_str!("../../../../guests/lua/first-passages.lua");
const VECTORS: &str = include_str!("../../../../guests/lua/word-vectors.lua");
const EVERYTHING: &str = include_str!("../../../../guests/lua/mcp-everything.lua");

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&wire::capabilities_schema()).unwrap()
}

#[track_caller]
fn fits(document: &Value) {
    let wrong: Vec<String> = schema()
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn installed<'a>(document: &'a Value, name: &str) -> &'a Value {
    let all = document["installed"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no `{name}`: {document}"))
}

/// Serves at least one of everything.
async fn all() -> Served {
    let workspace = Workspace::new().with_native(ctx_core::builtin());
    workspace
        .drop_in("greet.lua", GREET)
        .drop_in("researcher.lua", RESEARCHER)
        .drop_in("notes.lua", NOTES)
        .drop_in("hooks.lua", HOOKS)
        .drop_in("cues.lua", CUES)
        .drop_in("first-passages.lua", FIRST_PASSAGES)
        .drop_in("word-vectors.lua", VECTORS)
        .drop_in("mcp-everything.lua", EVERYTHING)
        .drop_in("broken.lua", "error('no')");
    Served::new(workspace).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_fits_the_schema_that_is_published() {
    let served = all().await;
    let document = served.get("/v1/capabilities").await.well();
    fits(&document);
    let published = served.get(document["schema"].as_str().unwrap()).await.well();
    assert_eq!(published, wire::capabilities_schema());
    jsonschema::meta::validate(&published).unwrap();
    // The schema is no blank cheque: it finds what is not as it says.
    for (at, wrong) in [
        ("/contract_version", json!("1")),
        ("/installed/0/name", json!(7)),
        ("/installed/0/conformance/status", json!("perfect")),
        ("/parts/rest/stability", json!("solid")),
        ("/engine", json!({"name": "wasmtime"})),
    ] {
        let mut other = document.clone();
        *other.pointer_mut(at).unwrap_or_else(|| panic!("{at}")) = wrong;
        assert!(!schema().is_valid(&other), "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_extension_says_all_that_there_is_to_know() {
    let served = all().await;
    let document = served.get("/v1/capabilities").await.well();
    let notes = installed(&document, "notes");
    assert_eq!(notes["version"], "1.2.3");
    assert_eq!(notes["license"], "MIT");
    assert_eq!(notes["contract"], "ctx:extension@0.1.0");
    assert!(notes["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(notes["origin"]["layer"], "workspace");
    assert!(notes["origin"]["place"].as_str().unwrap().ends_with("notes.lua"));
    assert_eq!(notes["requests"], json!({"env": ["COLOUR"], "kv": ["true"]}));
    assert_eq!(notes["grants"], json!({}));
    assert!(notes["limits"]["fuel"].as_u64().unwrap() > 0);
    assert_eq!(notes["conformance"], json!({"status": "not-run"}));
    let hooks = &installed(&document, "hooks")["hooks"];
    assert_eq!(hooks["phases"], json!(["pre_chat_turn", "pre_persist_turn"]));
    assert_eq!(hooks["priority"], 7);
    assert_eq!(hooks["data_classes"], json!(["pii"]));
    assert_eq!(hooks["state_transactions"], true);
    let roles = |name: &str| {
        let all = installed(&document, name)["transforms"].as_array().unwrap().clone();
        all.iter().map(|one| one["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(roles("cues"), ["chunker", "read-mode"]);
    assert_eq!(roles("first-passages"), ["compressor"]);
    assert!(installed(&document, "word-vectors")["embedder"]["batch"].as_u64().unwrap() > 0);
    assert!(!installed(&document, "mcp-everything")["resources"].as_array().unwrap().is_empty());
    let broken = installed(&document, "broken");
    assert_eq!(broken["state"], "error");
    assert!(broken["error"]["message"].as_str().unwrap().contains("no"), "{broken}");
    let engine = &document["engine"];
    assert_eq!(engine["tokenizer"], ctx_core::tokens::name());
    // Each field, and each role, says how far it can be built on.
    let parts = document["parts"].as_object().unwrap();
    for field in document.as_object().unwrap().keys() {
        assert_eq!(parts[&format!("capabilities.{field}")]["stability"], "stable", "{field}");
    }
    let mut named = parts.keys().filter_map(|name| name.strip_prefix("capabilities."));
    assert!(named.all(|field| document.get(field).is_some()));
    for field in engine.as_object().unwrap().keys().filter(|field| *field != "name") {
        assert!(parts.contains_key(&format!("engine.{field}")), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_suite_found_is_told_and_is_stale_once_anything_has_changed() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let served = Served::new(workspace).await;
    let catalog = served.host.catalog().await.unwrap();
    let row = ConformanceRow {
        extension: "greet".to_owned(),
        digest: catalog.extension("greet").unwrap().digest,
        suite: "1+abc".to_owned(),
        passed: 7,
        failed: 0,
        warned: 1,
        skipped: 2,
        failures: Vec::new(),
        at: 0,
    };
    let state = || async {
        let document = served.get("/v1/capabilities").await.well();
        fits(&document);
        installed(&document, "greet")["conformance"].clone()
    };
    assert_eq!(state().await, json!({"status": "not-run"}));
    let note = |row: &ConformanceRow| {
        ctx_core::note_conformance(&served.workspace.places(), vec![row.clone()]).unwrap();
    };
    note(&row);
    let known = state().await;
    assert_eq!((&known["status"], &known["passed"]), (&json!("passed"), &json!(7)));
    assert!(known["at"].as_str().unwrap().starts_with("20"), "{known}");
    let failures = vec!["tool/answer:greet/greet".to_owned()];
    note(&ConformanceRow { failed: 1, failures: failures.clone(), ..row });
    let known = state().await;
    assert_eq!((&known["status"], &known["failures"]), (&json!("failed"), &json!(failures)));
    served.workspace.drop_in("greet.lua", &format!("{GREET}\n-- more\n"));
    served.host.reload().await.unwrap();
    let known = state().await;
    assert_eq!(known["status"], "stale");
    assert_ne!(known["digest"], installed_digest(&served).await);
}

async fn installed_digest(served: &Served) -> Value {
    let document = served.get("/v1/capabilities").await.well();
    installed(&document, "greet")["digest"].clone()
}

#[test]
fn the_schema_takes_nothing_back_that_was_released() {
    let released: Value = serde_json::from_str(RELEASED).unwrap();
    let broken = broken(&released, &wire::capabilities_schema());
    assert!(
        broken.is_empty(),
        "`/v1/capabilities` breaks what it promised to those who read it:\n  {}\n\n\
         Contract version 1 is released: its fields are added, and never removed, renamed, given \
         another type, or made optional. Put back what is missing, beside what takes its place, \
         and call the old one deprecated in its doc comment. If it has to go, that is another \
         contract: raise `CONTRACT_VERSION`, serve it at another path beside this one, and write \
         its schema to host/serve/contracts/.",
        broken.join("\n  ")
    );
}

/// A schema in the shape of ours.
fn made() -> Value {
    json!({
        "type": "object",
        "required": ["name", "state", "list"],
        "properties": {
            "name": {"type": "string"},
            "count": {"type": "integer", "format": "int32", "minimum": 0},
            "state": {"$ref": "#/$defs/State"},
            "list": {"type": "array", "items": {"$ref": "#/$defs/Thing"}},
            "parts": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Part"}},
        },
        "$defs": {
            "State": {"type": "string", "enum": ["ready", "halted"]},
            "Thing": {"oneOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
            "Part": {
                "type": "object",
                "required": ["version"],
                "properties": {"version": {"type": "string"}, "inner": {"$ref": "#/$defs/Part"}},
            },
        },
    })
}

/// Changes the made-up schema, and says what must be found.
#[track_caller]
fn changed(change: impl FnOnce(&mut Value), found: &[&str]) {
    let mut later = made();
    change(&mut later);
    assert_eq!(broken(&made(), &later), found);
}

fn take(value: &mut Value, at: &str, key: &str) -> Value {
    value.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(key).unwrap()
}

#[test]
fn what_is_taken_back_is_found_however_deep_it_lies() {
    changed(|_| (), &[]);
    changed(|later| drop(take(later, "/properties", "count")), &["/count: it is gone"]);
    changed(
        |later| {
            let name = take(later, "/properties", "name");
            later["properties"]["title"] = name;
        },
        &["/name: it is gone, or renamed to `title`"],
    );
    changed(
        |later| later["properties"]["name"]["type"] = json!("integer"),
        &["/name: it was `string` and is `integer`"],
    );
    changed(
        |later| later["properties"]["name"]["type"] = json!(["string", "null"]),
        &["/name: it was `string` and is `null` or `string`"],
    );
    changed(
        |later| later["required"] = json!(["name", "list"]),
        &["/state: it was always there, and now it may be absent"],
    );
    changed(
        |later| later["$defs"]["Part"]["required"] = json!([]),
        &["/list/[]<0>/version: it was always there, and now it may be absent"],
    );
    changed(
        |later| later["$defs"]["State"]["enum"] = json!(["ready"]),
        &["/state: the value \"halted\" is gone"],
    );
    changed(
        |later| later["$defs"]["Thing"]["oneOf"] = json!([{"$ref": "#/$defs/Part"}]),
        &["/list/[]<1>: this alternative is gone"],
    );
    changed(
        |later| later["properties"]["count"]["format"] = json!("int64"),
        &["/count: `format` was \"int32\" and is \"int64\""],
    );
    changed(
        |later| drop(take(later, "/properties/parts", "additionalProperties")),
        &["/parts/*: what is in it is no longer said"],
    );
}

#[test]
fn what_is_added_breaks_nothing() {
    changed(
        |later| {
            later["properties"]["more"] = json!({"type": "string"});
            later["required"] = json!(["name", "state", "list", "count", "more"]);
            later["$defs"]["State"]["enum"] = json!(["ready", "halted", "asleep"]);
            later["$defs"]["Thing"]["oneOf"]
                .as_array_mut()
                .unwrap()
                .push(json!({"type": "string"}));
            later["$defs"]["Part"]["properties"]["about"] = json!({"type": "string"});
        },
        &[],
    );
}
