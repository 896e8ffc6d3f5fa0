#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use serde_json::{Value, json};

use super::{Control, Form};

/// Makes the form of one property.
fn form(property: &Value, is_required: bool) -> Form {
    let required: &[&str] = if is_required { &["x"] } else { &[] };
    let schema = json!({"type": "object", "properties": {"x": property}, "required": required});
    Form::of(&schema.to_string())
}

/// Fills `text` into the field of an optional property.
#[track_caller]
fn check(property: &Value, text: &str, arguments: &Value) {
    let posted = [("arg:x".to_owned(), text.to_owned())];
    assert_eq!(form(property, false).read(&posted).as_ref(), Some(arguments));
}

/// Fills in what cannot be read, and returns what is said beside the field.
#[track_caller]
fn complaint(property: &Value, text: &str) -> String {
    let mut form = form(property, false);
    let posted = [("arg:x".to_owned(), text.to_owned())];
    assert_eq!(form.read(&posted), None);
    form.fields.remove(0).problem.unwrap()
}

#[test]
fn text_stays_text() {
    let text = json!({"type": "string"});
    check(&text, "12", &json!({"x": "12"}));
    check(&text, " true ", &json!({"x": " true "}));
    check(&text, "a\r\nb", &json!({"x": "a\nb"}));
}

#[test]
fn a_number_is_read_as_one() {
    check(&json!({"type": "integer"}), "12", &json!({"x": 12}));
    check(&json!({"type": "integer"}), " -3 ", &json!({"x": -3}));
    check(&json!({"type": "number"}), "0.5", &json!({"x": 0.5}));
    check(&json!({"type": "number"}), ".5", &json!({"x": 0.5}));
    for text in ["twelve", "\"12\"", "[1]", "inf", "NaN"] {
        assert_eq!(complaint(&json!({"type": "number"}), text), "this is no number", "{text}");
    }
}

#[test]
fn an_empty_optional_field_is_left_out() {
    for kind in ["string", "integer", "number", "boolean", "array", "object"] {
        check(&json!({"type": kind}), "", &json!({}));
    }
    check(&json!({"enum": ["a", "b"]}), "", &json!({}));
}

#[test]
fn an_empty_required_text_is_a_text() {
    let mut form = form(&json!({"type": "string"}), true);
    assert_eq!(form.read(&[]), Some(json!({"x": ""})));
}

#[test]
fn an_unchecked_box_is_false_where_its_absence_would_mean_something_else() {
    let plain = json!({"type": "boolean"});
    let set = json!({"type": "boolean", "default": true});
    assert_eq!(form(&plain, false).read(&[]), Some(json!({})));
    assert_eq!(form(&plain, true).read(&[]), Some(json!({"x": false})));
    assert_eq!(form(&set, false).read(&[]), Some(json!({"x": false})));
    check(&plain, "on", &json!({"x": true}));
    assert_eq!(form(&set, false).fields[0].control, Control::Check { is_checked: true });
}

#[test]
fn a_choice_keeps_the_value_behind_its_words() {
    let mixed = json!({"enum": ["1", 1, true, null]});
    check(&mixed, "\"1\"", &json!({"x": "1"}));
    check(&mixed, "1", &json!({"x": 1}));
    check(&mixed, "true", &json!({"x": true}));
    assert_eq!(complaint(&mixed, "2"), "this is none of the choices");
    let titled = json!({"oneOf": [{"const": "m", "title": "metric"}, {"const": "i"}]});
    let Control::Choice(choices) = form(&titled, false).fields.remove(0).control else {
        panic!("it is a choice");
    };
    let labels: Vec<&str> = choices.iter().map(|choice| &*choice.label).collect();
    assert_eq!(labels, ["metric", "i"]);
}

#[test]
fn lists_and_objects_are_written_as_json() {
    let list = json!({"type": "array"});
    check(&list, "[1, \"a\"]", &json!({"x": [1, "a"]}));
    check(&json!({}), "\"text\"", &json!({"x": "text"}));
    assert!(complaint(&list, "[1,").starts_with("this is no JSON: "));
}

#[test]
fn what_was_filled_in_is_kept() {
    let schema = json!({"properties": {
        "a": {"type": "integer", "default": 3},
        "b": {"enum": ["x", "y"], "default": "x"},
        "c": {"type": "array"},
    }});
    let mut form = Form::of(&schema.to_string());
    assert_eq!(form.fields[0].value, "3");
    let posted = [("arg:a", "many"), ("arg:b", "\"y\""), ("arg:c", "[1,")]
        .map(|(key, text)| (key.to_owned(), text.to_owned()));
    assert_eq!(form.read(&posted), None);
    assert_eq!(form.fields[0].value, "many");
    assert_eq!(form.fields[2].value, "[1,");
    let Control::Choice(choices) = &form.fields[1].control else { panic!("it is a choice") };
    assert!(!choices[0].is_chosen && choices[1].is_chosen);
    let problems: Vec<bool> = form.fields.iter().map(|field| field.problem.is_some()).collect();
    assert_eq!(problems, [true, false, true]);
}

#[test]
fn a_property_that_may_be_null_is_filled_in_as_what_it_is_otherwise() {
    let either =
        json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "title": "X"});
    let listed = form(&json!({"type": ["null", "boolean"]}), false);
    assert_eq!(listed.fields[0].control, Control::Check { is_checked: false });
    let form = form(&either, false);
    assert_eq!(form.fields[0].control, Control::Number { is_whole: true });
    assert_eq!(form.fields[0].rule, "a whole number, at least 1");
    assert_eq!(form.fields[0].label, "X");
}

#[test]
fn references_within_the_schema_are_followed_and_no_others() {
    let schema = json!({
        "$defs": {"unit": {"enum": ["c", "f"]}, "loop": {"$ref": "#/$defs/loop"}},
        "properties": {
            "a": {"$ref": "#/$defs/unit", "description": "of the answer"},
            "b": {"$ref": "#/$defs/loop"},
            "c": {"$ref": "https://example.com/schema.json"},
        },
    });
    let form = Form::of(&schema.to_string());
    assert!(matches!(form.fields[0].control, Control::Choice(_)));
    assert_eq!(form.fields[0].description, "of the answer");
    assert_eq!(form.fields[1].control, Control::Json);
    assert_eq!(form.fields[2].control, Control::Json);
}

#[test]
fn what_must_be_filled_in_comes_first() {
    let schema = json!({
        "properties": {"a": {}, "b": {}, "c": {}},
        "required": ["b"],
    });
    let form = Form::of(&schema.to_string());
    let keys: Vec<&str> = form.fields.iter().map(|field| &*field.key).collect();
    assert_eq!(keys, ["arg:b", "arg:a", "arg:c"]);
}

#[test]
fn a_schema_that_is_no_list_of_properties_is_filled_in_as_a_whole() {
    let many: serde_json::Map<String, Value> =
        (0..100).map(|at| (format!("p{at}"), json!({}))).collect();
    for schema in [
        json!({}),
        json!(true),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        json!({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}),
        json!({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]}),
        json!({"properties": many}),
    ] {
        assert!(Form::of(&schema.to_string()).is_whole, "{schema}");
    }
    assert!(Form::of("no JSON").is_whole);
    assert!(!Form::of(r#"{"type": "object", "properties": {}}"#).is_whole);
}

#[test]
fn arguments_as_a_whole_must_be_an_object() {
    let read = |text: &str| Form::whole().read(&[("json".to_owned(), text.to_owned())]);
    assert_eq!(read(""), Some(json!({})));
    assert_eq!(read("{\"a\": 1}"), Some(json!({"a": 1})));
    assert_eq!(read("[1]"), None);
    assert_eq!(read("{"), None);
}
