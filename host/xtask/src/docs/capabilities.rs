//! `docs/reference/capabilities.md` and its JSON Schema: what `/v1/capabilities`
//! says, field by field, as the program itself describes it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;

const BEFORE: &str = "\
# Capabilities

<!-- Written by `cargo xtask docs` from `ctx capabilities --schema`; do not edit. -->

`GET /v1/capabilities` and `ctx capabilities --json` answer with one document, and `GET /v1/capabilities/schema.json` and `ctx capabilities --schema` with its [JSON Schema](capabilities.schema.json).
What the classes of stability mean, and what is promised to those who read the document, is in [capabilities and the scorecard](../guides/capabilities.md).
";

/// Asks the program for the schema.
pub(super) fn schema(project: &Project) -> Result<String> {
    let output = Command::new(project.binary())
        .args(["capabilities", "--schema", "--json"])
        .stdin(Stdio::null())
        .output()
        .context("ctx cannot be started")?;
    ensure!(output.status.success(), "`ctx capabilities --schema` failed");
    let value: Value = serde_json::from_slice(&output.stdout).context("the schema is no JSON")?;
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// Renders the schema for people.
pub(super) fn render(schema: &str) -> Result<String> {
    let schema: Value = serde_json::from_str(schema)?;
    let mut text = BEFORE.to_owned();
    // Writing to a string cannot fail, here and below.
    let _ = write!(text, "\n## The document\n\n{}", prose(&schema));
    fields(&schema, &mut text);
    let none = serde_json::Map::new();
    for (name, definition) in schema["$defs"].as_object().unwrap_or(&none) {
        let _ = write!(text, "\n## `{name}`\n\n{}", prose(definition));
        fields(definition, &mut text);
        variants(definition, &mut text);
    }
    Ok(text)
}

fn prose(schema: &Value) -> String {
    match schema["description"].as_str() {
        Some(said) => format!("{}\n", said.trim().replace('\n', " ")),
        None => String::new(),
    }
}

fn fields(schema: &Value, text: &mut String) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required = schema["required"].as_array();
    let _ = write!(text, "\n| field | what it holds | always there | meaning |\n");
    let _ = writeln!(text, "| --- | --- | --- | --- |");
    for (name, field) in properties {
        let always = required.is_some_and(|all| all.iter().any(|one| one == name));
        let said = field["description"].as_str().unwrap_or_default().trim().replace('\n', " ");
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {} |",
            kind(field),
            if always { "yes" } else { "" },
            said.replace('|', "\\|")
        );
    }
}

/// Lists words that may stand here, or what may be here instead.
fn variants(schema: &Value, text: &mut String) {
    let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<String> = words.map(|word| format!("- `{word}`")).collect();
    let others = schema["oneOf"].as_array().into_iter().flatten();
    let others: Vec<String> = others.map(|one| format!("- {}", variant(one))).collect();
    for list in [words, others].into_iter().filter(|list| !list.is_empty()) {
        let _ = writeln!(text, "\n{}", list.join("\n"));
    }
}

fn variant(schema: &Value) -> String {
    let word = schema["enum"][0].as_str().or_else(|| schema["const"].as_str());
    let said = schema["description"].as_str().unwrap_or_default().trim().replace('\n', " ");
    match word {
        Some(word) if said.is_empty() => format!("`{word}`"),
        Some(word) => format!("`{word}`: {said}"),
        None => kind(schema),
    }
}

/// Says of which kind a value is.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|text| text.rsplit_once('/')) {
        return format!("[`{}`](#{})", name.1, name.1.to_lowercase());
    }
    // A described reference stands alone among its alternatives.
    for word in ["allOf", "oneOf", "anyOf"] {
        if let Some([one]) = schema[word].as_array().map(Vec::as_slice) {
            return kind(one);
        }
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("{} by name", kind(&schema["additionalProperties"]))
        }
        Some(one) => one.to_owned(),
        None => "any JSON".to_owned(),
    }
}
