//! Values out of a JSON Schema: one that should fit it, and one that cannot.
//! No cleverness: what an author says (`examples`, `default`, `enum`, `const`)
//! comes first, and the type decides the rest.

use serde_json::{Map, Value, json};

/// Schemas that refer to themselves end here.
const DEPTH: u32 = 12;

/// A value that a schema forbids, and the property that is wrong in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) field: String,
    pub(crate) value: Value,
}

/// Makes up a value that should fit.
pub(crate) fn example(schema: &Value) -> Value {
    Generator { root: schema }.value(schema, "", 0)
}

/// Makes up a value that cannot fit: a required property is absent, or one is
/// of another type. Nothing if the schema forbids neither.
pub(crate) fn violation(schema: &Value) -> Option<Violation> {
    let Value::Object(fits) = example(schema) else { return None };
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required = schema.get("required").and_then(Value::as_array);
    let names = required.into_iter().flatten().filter_map(Value::as_str);
    for name in names {
        // The host fills in what has a default.
        if properties.get(name).is_none_or(|property| property.get("default").is_none()) {
            let mut value = fits.clone();
            value.remove(name);
            return Some(Violation { field: name.to_owned(), value: value.into() });
        }
    }
    for (name, property) in properties {
        if let Some(wrong) = other_type(property) {
            let mut value = fits.clone();
            value.insert(name.clone(), wrong);
            return Some(Violation { field: name.clone(), value: value.into() });
        }
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let field = "no-such-property".to_owned();
        let mut value = fits;
        value.insert(field.clone(), Value::Bool(true));
        return Some(Violation { field, value: value.into() });
    }
    None
}

/// Returns a value that is of none of the types that a schema names.
fn other_type(schema: &Value) -> Option<Value> {
    let named: Vec<&str> = match schema.get("type")? {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let others = [
        ("object", json!({"no": "such"})),
        ("array", json!([[]])),
        ("string", json!("text")),
        ("boolean", json!(true)),
    ];
    let fit = others.into_iter().find(|(name, _)| !named.contains(name));
    fit.map(|(_, value)| value)
}

struct Generator<'a> {
    root: &'a Value,
}

impl Generator<'_> {
    fn value(&self, schema: &Value, name: &str, depth: u32) -> Value {
        let schema = self.resolved(schema);
        if depth > DEPTH {
            return Value::Null;
        }
        if let Some(said) = said(schema) {
            return said;
        }
        for combined in ["oneOf", "anyOf"] {
            if let Some(first) = schema.get(combined).and_then(|all| all.get(0)) {
                return self.merged(schema, std::slice::from_ref(first), name, depth);
            }
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            return self.merged(schema, all, name, depth);
        }
        self.typed(schema, name, depth)
    }

    /// Makes one value of a schema and of what it is combined with.
    fn merged(&self, schema: &Value, parts: &[Value], name: &str, depth: u32) -> Value {
        let mut all = Map::new();
        let mut last = Value::Null;
        let own = schema.get("properties").is_some().then(|| self.typed(schema, name, depth));
        for value in
            own.into_iter().chain(parts.iter().map(|part| self.value(part, name, depth + 1)))
        {
            match value {
                Value::Object(object) => all.extend(object),
                other => last = other,
            }
        }
        if all.is_empty() { last } else { Value::Object(all) }
    }

    fn typed(&self, schema: &Value, name: &str, depth: u32) -> Value {
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" | "number" => number(schema),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::String(string(schema, name)),
        }
    }

    /// Makes an object with what is required, and nothing else.
    fn object(&self, schema: &Value, depth: u32) -> Value {
        let required = schema.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        let anything = Value::Bool(true);
        let property = |name: &str| {
            let schema =
                schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&anything);
            (name.to_owned(), self.value(schema, name, depth + 1))
        };
        Value::Object(names.map(property).collect())
    }

    fn array(&self, schema: &Value, name: &str, depth: u32) -> Value {
        let most = count(schema, "maxItems").unwrap_or(u64::MAX);
        let wanted = count(schema, "minItems").unwrap_or(0).max(1).min(most).min(100);
        let anything = Value::Bool(true);
        let items = schema.get("items").unwrap_or(&anything);
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        let at = |place: u64| {
            let own = prefix.and_then(|all| all.get(usize::try_from(place).ok()?));
            self.value(own.unwrap_or(items), name, depth + 1)
        };
        (0..wanted).map(at).collect()
    }

    /// Follows references within the document.
    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        for _ in 0..DEPTH {
            let Some(pointer) = schema.get("$ref").and_then(Value::as_str) else { break };
            let Some(target) = pointer.strip_prefix('#').and_then(|p| self.root.pointer(p)) else {
                break;
            };
            schema = target;
        }
        schema
    }
}

/// Returns a value that the author wrote down.
fn said(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema.get(key).and_then(|all| all.get(0)).cloned();
    let one = |key: &str| schema.get(key).cloned();
    one("const").or_else(|| first("examples")).or_else(|| one("default")).or_else(|| first("enum"))
}

fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(several)) => {
            let names = several.iter().filter_map(Value::as_str);
            names.into_iter().find(|name| *name != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

fn number(schema: &Value) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let is_whole = type_of(schema) == "integer";
    let step = bound("multipleOf").unwrap_or(if is_whole { 1.0 } else { 0.5 });
    let lowest = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|low| low + step));
    let highest = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|high| high - step));
    let chosen = match (lowest, highest) {
        (Some(low), _) => (low / step).ceil() * step,
        (None, Some(high)) => (high.min(1.0) / step).floor() * step,
        (None, None) => step,
    };
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and it is an example")]
    let whole = chosen as i64;
    if is_whole { json!(whole) } else { json!(chosen) }
}

fn string(schema: &Value, name: &str) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let text = match format {
        "date" => "2026-01-01",
        "date-time" => "2026-01-01T00:00:00Z",
        "time" => "00:00:00Z",
        "duration" => "P1D",
        "email" => "someone@example.invalid",
        "uri" | "url" | "iri" | "uri-reference" => "https://example.invalid/",
        "hostname" => "example.invalid",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        _ if is_address(name) => "https://example.invalid/",
        _ => "example",
    };
    let mut text = text.to_owned();
    let short = count(schema, "minLength").unwrap_or(0).min(10_000);
    while (text.len() as u64) < short {
        text.push('x');
    }
    if let Some(long) = count(schema, "maxLength").and_then(|most| usize::try_from(most).ok()) {
        text.truncate(long);
    }
    text
}

/// Whether a property is an address by its name, as far as authors agree.
fn is_address(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["url", "uri", "href", "endpoint"].iter().any(|word| name.ends_with(word))
}

fn count(schema: &Value, key: &str) -> Option<u64> {
    schema.get(key).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests;
