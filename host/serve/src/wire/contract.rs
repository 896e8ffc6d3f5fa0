//! The JSON Schema of `/v1/capabilities`: what the types say of themselves in
//! the `OpenAPI` document, as a schema that stands alone.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::Capabilities;
use super::capabilities::CONTRACT_VERSION;

/// Where the schema is served.
pub const SCHEMA_AT: &str = "/v1/capabilities/schema.json";

/// Where `OpenAPI` and JSON Schema keep what is named.
const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

#[derive(OpenApi)]
#[openapi(components(schemas(Capabilities<'_>)))]
struct Described;

/// Returns the JSON Schema of `/v1/capabilities`.
pub fn capabilities_schema() -> Value {
    let document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    let mut definitions = match document.pointer("/components/schemas") {
        Some(Value::Object(schemas)) => schemas.clone(),
        _ => Map::new(),
    };
    definitions.values_mut().for_each(localise);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!(format!("urn:ctx:capabilities:{CONTRACT_VERSION}")));
    schema.insert("title".to_owned(), json!("Capabilities of ctx"));
    if let Some(Value::Object(root)) = definitions.remove("Capabilities") {
        schema.extend(root);
    }
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

/// Points references to where the schema itself keeps what is named.
fn localise(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(localise),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "$ref" => {
                        *text = text.replacen(COMPONENTS, DEFINITIONS, 1);
                    }
                    _ => localise(value),
                }
            }
        }
        _ => {}
    }
}
