//! One property of a schema, and the field that it is filled in with.

use serde_json::Value;

use super::{Choice, Control, Field};

/// Choices that a list may have. One with more is filled in as JSON.
const CHOICES: usize = 200;

/// References that are followed, one after the other.
const HOPS: usize = 8;

/// Text that may be longer than this is written on more than one line.
const LINE: u64 = 200;

/// Names of what is rarely one line.
const LINES: [&str; 10] =
    ["body", "code", "content", "css", "document", "html", "json", "markdown", "text", "xml"];

/// Makes the field of a property.
pub(super) fn field(root: &Value, name: &str, property: &Value, is_required: bool) -> Field {
    let given = followed(root, property);
    let schema = without_null(root, given);
    // What is said beside a reference is said of its use.
    let said = |key: &str| property.get(key).or_else(|| given.get(key)).or_else(|| schema.get(key));
    let words = |key: &str| said(key).and_then(Value::as_str).map(str::to_owned);
    let default = said("default").filter(|value| !value.is_null());
    let control = control(name, schema, default);
    Field {
        label: words("title").unwrap_or_else(|| name.to_owned()),
        description: words("description").unwrap_or_default(),
        rule: rule(schema, &control),
        is_required,
        value: default.map(|value| written(value, &control)).unwrap_or_default(),
        has_default: default.is_some(),
        control,
        ..Field::new(name)
    }
}

/// Chooses how text of a name is filled in.
pub(super) fn text(name: &str) -> Control {
    if LINES.contains(&name.to_ascii_lowercase().as_str()) { Control::Lines } else { Control::Line }
}

fn control(name: &str, schema: &Value, default: Option<&Value>) -> Control {
    if let Some(choices) = choices(schema, default) {
        return Control::Choice(choices);
    }
    match kind(schema) {
        Some("string") => {
            let longest = schema.get("maxLength").and_then(Value::as_u64);
            let has_lines = default.and_then(Value::as_str).is_some_and(|text| text.contains('\n'));
            match longest {
                _ if has_lines => Control::Lines,
                Some(longest) if longest > LINE => Control::Lines,
                Some(_) => Control::Line,
                None => text(name),
            }
        }
        Some("integer") => Control::Number { is_whole: true },
        Some("number") => Control::Number { is_whole: false },
        Some("boolean") => {
            Control::Check { is_checked: default.and_then(Value::as_bool).unwrap_or_default() }
        }
        _ => Control::Json,
    }
}

/// Returns the one type that a value may have, beside null.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            match (kinds.next(), kinds.next()) {
                (Some(kind), None) => Some(kind),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Lists the values that there are, if the schema names all of them.
fn choices(schema: &Value, default: Option<&Value>) -> Option<Vec<Choice>> {
    let choice = |value: &Value, label: Option<&str>| Choice {
        value: value.to_string(),
        label: match (label, value) {
            (Some(label), _) => label.to_owned(),
            (None, Value::String(text)) => text.clone(),
            (None, value) => value.to_string(),
        },
        is_chosen: default == Some(value),
    };
    let choices: Vec<Choice> = if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        // Null is what is left out.
        values.iter().filter(|value| !value.is_null()).map(|value| choice(value, None)).collect()
    } else if let Some(value) = schema.get("const") {
        vec![choice(value, None)]
    } else {
        let named = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
        let each = named
            .iter()
            .map(|one| Some(choice(one.get("const")?, one.get("title").and_then(Value::as_str))));
        each.collect::<Option<_>>()?
    };
    (!choices.is_empty() && choices.len() <= CHOICES).then_some(choices)
}

/// Follows references within the schema.
fn followed<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..HOPS {
        let target = schema.get("$ref").and_then(Value::as_str);
        match target.and_then(|target| root.pointer(target.strip_prefix('#')?)) {
            Some(found) => schema = found,
            None => break,
        }
    }
    schema
}

/// Takes "or null" away, which an empty field says already.
fn without_null<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(parts) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
    else {
        return schema;
    };
    let is_null = |part: &&Value| part.get("type").is_some_and(|kind| kind == "null");
    let mut others = parts.iter().filter(|part| !is_null(part));
    match (others.next(), others.next()) {
        (Some(one), None) if parts.len() > 1 => followed(root, one),
        _ => schema,
    }
}

/// Writes a default as its field shows it.
fn written(value: &Value, control: &Control) -> String {
    match (value, control) {
        (Value::String(text), Control::Line | Control::Lines) => text.clone(),
        (value, Control::Json) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (value, _) => value.to_string(),
    }
}

/// Says what values must be, as far as that takes few words.
fn rule(schema: &Value, control: &Control) -> String {
    let said = |key: &str| schema.get(key).filter(|value| !value.is_null());
    let mut rules: Vec<String> = Vec::new();
    match control {
        Control::Number { is_whole: true } => rules.push("a whole number".to_owned()),
        Control::Number { is_whole: false } => rules.push("a number".to_owned()),
        Control::Json => rules.push(match kind(schema) {
            Some("array") => "a JSON list".to_owned(),
            Some("object") => "a JSON object".to_owned(),
            _ => "JSON".to_owned(),
        }),
        _ => {}
    }
    let format = said("format").and_then(Value::as_str).map(str::to_owned);
    rules.extend(format);
    for (key, words) in [
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
        ("pattern", "like"),
    ] {
        match said(key) {
            Some(Value::Number(number)) => rules.push(format!("{words} {number}")),
            Some(Value::String(text)) => rules.push(format!("{words} {text}")),
            _ => {}
        }
    }
    for (key, words) in [("minLength", "at least"), ("maxLength", "at most")] {
        if let Some(number) = said(key).and_then(Value::as_u64) {
            let characters = if number == 1 { "character" } else { "characters" };
            rules.push(format!("{words} {number} {characters}"));
        }
    }
    rules.join(", ")
}
