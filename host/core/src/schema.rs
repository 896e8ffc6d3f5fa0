//! JSON Schemas: compiled once, with defaults filled in before a value is
//! checked. No schema is ever fetched from elsewhere.

mod cost;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// Mistakes that one answer names at most.
const NAMED: usize = 8;

/// Bytes of a schema.
const LONGEST: usize = 256 * 1024;

/// Parts that a schema may have once its references are followed. Schemas are
/// a stranger's, and are checked outside of any sandbox.
const BUDGET: u32 = 20_000;

/// Bytes that one compiled pattern may take.
const PATTERN: usize = 1 << 20;

/// A schema that can check.
#[derive(Debug)]
pub(crate) struct Schema {
    source: Value,
    validator: Validator,
    /// Whether a check costs little, whatever the value.
    is_plain: bool,
}

impl Schema {
    /// Compiles a schema. The error says what is wrong with it.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        let source: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut budget = BUDGET;
        if !is_affordable(&source, &source, &mut Vec::new(), &mut budget) {
            return Err("checking a value against it would take too long".to_owned());
        }
        if let Some(why) = cost::stray_reference(&source) {
            return Err(why);
        }
        // Linear, whatever the pattern: it is checked outside of any sandbox. A
        // pattern that looks around or back is refused here.
        let patterns = PatternOptions::regex().size_limit(PATTERN).dfa_size_limit(PATTERN);
        let validator = jsonschema::options()
            .with_pattern_options(patterns)
            .build(&source)
            .map_err(|error| error.to_string())?;
        let is_plain = cost::is_plain(&source);
        Ok(Self { source, validator, is_plain })
    }

    /// Puts defaults where a property is absent, at any depth.
    pub(crate) fn fill(&self, value: &mut Value) {
        fill(&self.source, value, 0);
    }

    /// Names every property that does not fit, and why.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Vec<String>> {
        self.check_with(value, |error| error.to_string())
    }

    /// Checks a value that may hold secrets, and says nothing of it.
    pub(crate) fn check_masked(&self, value: &Value) -> Result<(), Vec<String>> {
        self.check_with(value, |error| error.masked().to_string())
    }

    fn check_with(
        &self,
        value: &Value,
        told: impl Fn(&ValidationError<'_>) -> String,
    ) -> Result<(), Vec<String>> {
        if !self.is_plain && !cost::is_affordable(&self.source, value) {
            return Err(vec!["checking it against the schema would take too long".to_owned()]);
        }
        if self.validator.is_valid(value) {
            return Ok(());
        }
        let problems = self.validator.iter_errors(value).take(NAMED).map(|error| {
            let path = error.instance_path().to_string();
            let field = path.trim_start_matches('/').replace('/', ".");
            if let ValidationErrorKind::Required { property } = error.kind() {
                let name = property.as_str().unwrap_or_default();
                let dot = if field.is_empty() { "" } else { "." };
                return format!("`{field}{dot}{name}` is required");
            }
            let error = told(&error);
            if field.is_empty() { error } else { format!("`{field}`: {error}") }
        });
        Err(problems.collect())
    }
}

fn fill(schema: &Value, value: &mut Value, depth: u32) {
    // A schema may nest as deep as JSON can; values never come from as deep.
    if depth > 64 {
        return;
    }
    let (Some(properties), Value::Object(object)) =
        (schema.get("properties").and_then(Value::as_object), value)
    else {
        return;
    };
    for (name, property) in properties {
        if !object.contains_key(name)
            && let Some(default) = property.get("default")
        {
            object.insert(name.clone(), default.clone());
        }
        if let Some(inner) = object.get_mut(name) {
            fill(property, inner, depth + 1);
        }
    }
}

/// Counts the parts of a schema with its references followed, each as often as
/// it is used. A reference to something that is being followed costs nothing
/// more: it goes on only as deep as the value does.
fn is_affordable<'a>(
    root: &'a Value,
    part: &'a Value,
    following: &mut Vec<&'a str>,
    budget: &mut u32,
) -> bool {
    let Some(left) = budget.checked_sub(1) else { return false };
    *budget = left;
    match part {
        Value::Array(parts) => {
            parts.iter().all(|part| is_affordable(root, part, following, budget))
        }
        Value::Object(object) => {
            for (key, part) in object {
                // Reached by reference, and counted there.
                if key == "$defs" || key == "definitions" {
                    continue;
                }
                if let (true, Value::String(target)) = (key == "$ref" || key == "$dynamicRef", part)
                {
                    let found = target.strip_prefix('#').and_then(|path| root.pointer(path));
                    if let Some(found) = found
                        && !following.contains(&target.as_str())
                    {
                        following.push(target);
                        let fits = is_affordable(root, found, following, budget);
                        following.pop();
                        if !fits {
                            return false;
                        }
                    }
                } else if !is_affordable(root, part, following, budget) {
                    return false;
                }
            }
            true
        }
        _ => true,
    }
}

/// Returns how deep a JSON text nests, without parsing it.
pub(crate) fn depth(text: &str) -> u32 {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_u32, 0, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Schema, depth};

    fn city() -> Schema {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "default": 3},
            },
            "required": ["city"],
        });
        Schema::compile(&schema.to_string()).expect("it compiles")
    }

    #[test]
    fn defaults_stand_where_a_property_is_absent() {
        let mut value = json!({"city": "Oslo"});
        city().fill(&mut value);
        assert_eq!(value, json!({"city": "Oslo", "days": 3}));
    }

    #[test]
    fn a_problem_names_its_field() {
        let problems = city().check(&json!({"city": 1})).expect_err("a number is no city");
        assert_eq!(problems, ["`city`: 1 is not of type \"string\""]);
        let problems = city().check(&json!({})).expect_err("a city is required");
        assert_eq!(problems, ["`city` is required"]);
    }

    #[test]
    fn a_schema_from_elsewhere_does_not_compile() {
        assert!(Schema::compile(r#"{"$ref": "https://example.com/schema.json"}"#).is_err());
    }

    #[test]
    fn a_schema_that_doubles_at_each_reference_is_refused() {
        let mut defs = serde_json::Map::new();
        for at in 0..30 {
            let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
            defs.insert(format!("d{at}"), json!({"anyOf": [next, next]}));
        }
        defs.insert("d30".to_owned(), json!({"type": "string"}));
        let schema = json!({"$defs": defs, "$ref": "#/$defs/d0"});
        assert!(Schema::compile(&schema.to_string()).is_err());
        let tree = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(Schema::compile(&tree.to_string()).is_ok());
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert_eq!(depth(r#"{"a": ["[[[\"["]}"#), 2);
    }
}
