//! The `OpenAPI` document that the types describe themselves in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

use crate::wire::{
    Agent, Called, Capabilities, Document, Extension, Hits, JournalEntry, PromptReply, Reply,
    Source, Stats, Synced, Tool,
};

#[derive(OpenApi)]
#[openapi(components(schemas(
    Agent<'_>,
    Called<PromptReply<'_>>,
    Called<Reply<'_>>,
    Capabilities<'_>,
    Document<'_>,
    Extension<'_>,
    Hits<'_>,
    JournalEntry<'_>,
    Source<'_>,
    Stats<'_>,
    Synced<'_>,
    Tool<'_>,
)))]
struct Described;

fn schemas() -> BTreeMap<String, Value> {
    let document = serde_json::to_value(Described::openapi()).unwrap();
    serde_json::from_value(document["components"]["schemas"].clone()).unwrap()
}

/// Walks through a schema and all that is in it.
fn each(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| each(value, see)),
        Value::Object(fields) => fields.values().for_each(|value| each(value, see)),
        _ => {}
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let schemas = schemas();
    let mut named = BTreeSet::new();
    for schema in schemas.values() {
        each(schema, &mut |value| {
            if let Some(name) = value.get("$ref").and_then(Value::as_str) {
                named.insert(name.trim_start_matches("#/components/schemas/").to_owned());
            }
        });
    }
    assert!(named.len() > 15, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !schemas.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_field_is_ever_null() {
    for (name, schema) in schemas() {
        each(&schema, &mut |value| {
            let kind = &value["type"];
            let is_null = kind == "null"
                || kind.as_array().is_some_and(|kinds| kinds.contains(&"null".into()));
            assert!(!is_null, "{name}: {value}");
        });
    }
}

#[test]
fn blocks_and_questions_are_told_apart_by_their_type() {
    let tags = |name: &str| -> Vec<String> {
        let schema = &schemas()[name];
        let variants = schema["oneOf"].as_array().unwrap();
        let tag = |variant: &Value| {
            assert!(variant["required"].as_array().unwrap().contains(&"type".into()), "{variant}");
            variant["properties"]["type"]["enum"][0].as_str().unwrap().to_owned()
        };
        variants.iter().map(tag).collect()
    };
    assert_eq!(tags("Block"), ["text", "image", "audio", "resource_link", "resource"]);
    assert_eq!(tags("Ask"), ["form", "visit", "completion", "roots"]);
}

#[test]
fn what_may_be_absent_is_not_required() {
    let schemas = schemas();
    let required = |name: &str| schemas[name]["required"].clone();
    assert_eq!(required("Output"), serde_json::json!(["content"]));
    assert_eq!(required("Called_Reply"), serde_json::json!(["result", "usage"]));
    assert_eq!(
        required("Tool"),
        serde_json::json!(["name", "description", "input_schema", "hints"]),
    );
    let installed = required("Installed");
    for optional in ["version", "error", "outdated_grants", "tools", "hooks", "notes"] {
        assert!(!installed.as_array().unwrap().contains(&optional.into()), "{optional}");
    }
}

#[test]
fn free_json_is_any_value() {
    let schemas = schemas();
    assert_eq!(schemas["Output"]["properties"]["structured"].get("type"), None);
    assert_eq!(schemas["Document"]["properties"]["metadata"]["type"], "object");
    assert_eq!(schemas["Installed"]["properties"]["requests"]["type"], "object");
    assert_eq!(schemas["Time"]["format"], "date-time");
    assert_eq!(Called::<Reply<'_>>::name(), "Called");
}
