//! Laws of made-up values.

use serde_json::{Value, json};

use super::{example, violation};

#[track_caller]
fn check(schema: &Value, expected: &Value) {
    assert_eq!(example(schema), *expected);
}

#[test]
fn what_the_author_wrote_comes_first() {
    check(&json!({"type": "string", "examples": ["Oslo"], "default": "Rome"}), &json!("Oslo"));
    check(&json!({"enum": ["a", "b"]}), &json!("a"));
    check(&json!({"const": 7}), &json!(7));
}

#[test]
fn an_object_has_what_is_required_and_nothing_else() {
    let schema = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 3},
            "note": {"type": "string"},
        },
        "required": ["city", "days"],
    });
    check(&schema, &json!({"city": "example", "days": 3}));
}

#[test]
fn bounds_are_kept() {
    check(&json!({"type": "integer", "maximum": -5}), &json!(-5));
    check(&json!({"type": "number", "exclusiveMinimum": 0}), &json!(0.5));
    check(&json!({"type": "integer", "multipleOf": 10, "minimum": 12}), &json!(20));
    check(&json!({"type": "string", "maxLength": 2}), &json!("ex"));
    check(
        &json!({"type": "array", "items": {"type": "boolean"}, "minItems": 2}),
        &json!([true, true]),
    );
}

#[test]
fn references_within_the_schema_are_followed() {
    let schema = json!({
        "type": "object",
        "properties": {"place": {"$ref": "#/$defs/place"}},
        "required": ["place"],
        "$defs": {"place": {"type": "array", "items": {"type": "number"}, "minItems": 2}},
    });
    check(&schema, &json!({"place": [0.5, 0.5]}));
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let schema = json!({
        "type": "object",
        "properties": {"next": {"$ref": "#"}},
        "required": ["next"],
    });
    assert!(example(&schema).is_object());
}

#[test]
fn an_address_is_one() {
    let schema = json!({
        "type": "object",
        "properties": {"feed_url": {"type": "string"}},
        "required": ["feed_url"],
    });
    check(&schema, &json!({"feed_url": "https://example.invalid/"}));
}

#[track_caller]
fn violates(schema: &Value, field: Option<&str>) {
    assert_eq!(violation(schema).map(|found| found.field).as_deref(), field);
}

#[test]
fn a_violation_leaves_out_what_is_required() {
    violates(
        &json!({"properties": {"city": {"type": "string"}}, "required": ["city"]}),
        Some("city"),
    );
}

#[test]
fn a_required_property_with_a_default_is_given_another_type() {
    let schema = json!({
        "properties": {"days": {"type": "integer", "default": 1}},
        "required": ["days"],
    });
    violates(&schema, Some("days"));
}

#[test]
fn a_schema_that_forbids_nothing_has_no_violation() {
    violates(&json!({"type": "object"}), None);
}
