//! What it costs to hold a value against a schema. Both may be a stranger's,
//! and it is done outside of any sandbox: a few words of schema can double the
//! work at each level of a value.

use serde_json::{Map, Value};

/// Steps that one check may take: some tenths of a second.
const STEPS: u32 = 2_000_000;

/// Longer lists of values count as work of their own.
const FEW: usize = 64;

/// References that lead from one to the next, without going on in the value.
const REFERENCES: u32 = 200;

/// Keywords that hold more than one schema against a part of a value, or that
/// lead to what does.
const MORE: [&str; 15] = [
    "$ref",
    "allOf",
    "anyOf",
    "contains",
    "dependencies",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "oneOf",
    "patternProperties",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Whether each part of a value is looked at a few times only, whatever the
/// value: so it is with nearly every schema.
pub(super) fn is_plain(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => object.iter().all(|(key, part)| {
            let key = key.as_str();
            let is_long = key == "enum" && part.as_array().is_some_and(|list| list.len() > FEW);
            let is_more = MORE.contains(&key);
            !is_more && !is_long && is_plain(part)
        }),
        Value::Array(parts) => parts.iter().all(is_plain),
        _ => true,
    }
}

/// Says why a schema's references cannot be followed here, if one cannot: only
/// what is written as `#/…` leads to one place in every reading.
pub(super) fn stray_reference(schema: &Value) -> Option<String> {
    let mut found = References::default();
    found.look(schema, schema, true);
    if let Some(stray) = found.stray {
        return Some(format!("it refers to `{stray}`; only `#` and `#/…` are followed"));
    }
    (found.any && found.renamed)
        .then(|| "it refers to its parts, and some have an `$id` of their own".to_owned())
}

#[derive(Default)]
struct References {
    any: bool,
    renamed: bool,
    stray: Option<String>,
}

impl References {
    fn look(&mut self, root: &Value, part: &Value, is_root: bool) {
        match part {
            Value::Object(object) => {
                for (key, part) in object {
                    match (key.as_str(), part) {
                        ("$ref", Value::String(target)) => {
                            self.any = true;
                            if followed(root, target).is_none() {
                                self.stray = Some(target.clone());
                            }
                        }
                        ("$dynamicRef" | "$recursiveRef", Value::String(target)) => {
                            self.stray = Some(target.clone());
                        }
                        ("$id" | "id", Value::String(_)) => self.renamed |= !is_root,
                        ("const" | "enum" | "default" | "examples", _) => {}
                        _ => self.look(root, part, false),
                    }
                }
            }
            Value::Array(parts) => parts.iter().for_each(|part| self.look(root, part, false)),
            _ => {}
        }
    }
}

fn followed<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

/// Whether a value can be held against a schema in good time, if every part of
/// both is looked at as often as it may be.
pub(super) fn is_affordable(schema: &Value, value: &Value) -> bool {
    let mut steps = Steps { root: schema, left: STEPS };
    steps.hold(schema, value, 0).is_some()
}

struct Steps<'a> {
    root: &'a Value,
    left: u32,
}

impl Steps<'_> {
    fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(u32::try_from(steps).ok()?)?;
        Some(())
    }

    /// Walks as a validator would that never stops early. `again` counts the
    /// references that were followed without going on in the value.
    fn hold(&mut self, schema: &Value, value: &Value, again: u32) -> Option<()> {
        self.spend(1)?;
        let Value::Object(schema) = schema else { return Some(()) };
        for (key, part) in schema {
            match (key.as_str(), part, value) {
                ("not" | "if" | "then" | "else", ..) => self.hold(part, value, again)?,
                ("allOf" | "anyOf" | "oneOf", Value::Array(parts), _) => {
                    parts.iter().try_for_each(|part| self.hold(part, value, again))?;
                }
                ("dependentSchemas" | "dependencies", Value::Object(parts), _) => {
                    parts.values().try_for_each(|part| self.hold(part, value, again))?;
                }
                ("enum", Value::Array(list), _) => self.spend(list.len())?,
                ("$ref", Value::String(target), _) => {
                    // One that comes back to itself does not end, here or
                    // there.
                    let part = followed(self.root, target).filter(|_| again < REFERENCES)?;
                    self.hold(part, value, again + 1)?;
                }
                (_, _, Value::Object(object)) => self.properties(key, part, object)?,
                (_, _, Value::Array(list)) => self.elements(key, part, list)?,
                _ => {}
            }
        }
        Some(())
    }

    fn properties(&mut self, key: &str, part: &Value, object: &Map<String, Value>) -> Option<()> {
        match (key, part) {
            ("properties", Value::Object(own)) => {
                let known = object.iter().filter_map(|(name, value)| Some((own.get(name)?, value)));
                for (part, value) in known {
                    self.hold(part, value, 0)?;
                }
                self.spend(object.len())
            }
            ("patternProperties", Value::Object(patterns)) => {
                let mut all = patterns
                    .values()
                    .flat_map(|part| object.values().map(move |value| (part, value)));
                all.try_for_each(|(part, value)| self.hold(part, value, 0))
            }
            ("additionalProperties" | "unevaluatedProperties" | "propertyNames", _) => {
                object.values().try_for_each(|value| self.hold(part, value, 0))
            }
            _ => Some(()),
        }
    }

    fn elements(&mut self, key: &str, part: &Value, list: &[Value]) -> Option<()> {
        match (key, part) {
            ("prefixItems" | "items", Value::Array(parts)) => {
                parts.iter().zip(list).try_for_each(|(part, value)| self.hold(part, value, 0))
            }
            ("items" | "additionalItems" | "unevaluatedItems" | "contains", _) => {
                list.iter().try_for_each(|value| self.hold(part, value, 0))
            }
            ("uniqueItems", _) => self.spend(list.len()),
            _ => Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_affordable, is_plain, stray_reference};

    #[test]
    fn a_schema_that_doubles_with_the_value_is_not_affordable() {
        let next = json!({"type": "array", "items": {"$ref": "#/$defs/n"}});
        let schema = json!({"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [next, next]}}});
        let mut value = json!("deep");
        for _ in 0..40 {
            value = json!([value]);
        }
        assert!(!is_plain(&schema));
        assert!(stray_reference(&schema).is_none());
        assert!(!is_affordable(&schema, &value));
        assert!(is_affordable(&schema, &json!([[["flat"]]])));
    }

    #[test]
    fn many_parts_against_many_values_are_not_affordable() {
        let parts: Vec<Value> = (0..5_000).map(|at| json!({"const": at})).collect();
        let schema = json!({"items": {"anyOf": parts}});
        assert!(is_affordable(&schema, &json!(vec![1; 100])));
        assert!(!is_affordable(&schema, &json!(vec![1; 100_000])));
    }

    #[test]
    fn a_tree_is_affordable() {
        let tree = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(stray_reference(&tree).is_none());
        assert!(is_affordable(&tree, &json!({"next": {"next": {}}})));
    }

    #[test]
    fn a_reference_that_comes_back_to_itself_is_not_followed_for_ever() {
        let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}});
        assert!(!is_affordable(&circle, &json!(1)));
    }

    #[test]
    fn what_leads_elsewhere_is_named() {
        for target in ["#name", "https://example.com/a", "#/$defs/none", "other"] {
            let why = stray_reference(&json!({"$ref": target}));
            assert!(why.is_some_and(|why| why.contains(target)), "{target}");
        }
        assert!(stray_reference(&json!({"$dynamicRef": "#x"})).is_some());
        let renamed = json!({"$defs": {"a": {"$id": "b"}}, "$ref": "#/$defs/a"});
        assert!(stray_reference(&renamed).is_some());
    }
}
