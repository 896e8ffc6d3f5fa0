//! JSON that is written in one way only, so that a signature over it means the
//! same on every machine: keys in byte order, no blanks, whole numbers alone.

use serde_json::Value;

/// Writes a value canonically. Fractions have no single spelling and are
/// refused.
pub fn canonical(value: &Value) -> Result<String, String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), String> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(is) => text.push_str(if *is { "true" } else { "false" }),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            text.push_str(&number.to_string());
        }
        Value::Number(number) => return Err(format!("{number} is no whole number")),
        Value::String(one) => text.push_str(&quoted(one)),
        Value::Array(all) => {
            text.push('[');
            for (at, one) in all.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(one, text)?;
            }
            text.push(']');
        }
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort();
            text.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&quoted(key));
                text.push(':');
                write(&object[key], text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_and_blanks_make_no_difference() {
        let one: Value =
            serde_json::from_str(r#"{ "b": [1, {"z": null, "a": "é\n"}], "a": true }"#).unwrap();
        let other: Value =
            serde_json::from_str(r#"{"a":true,"b":[1,{"a":"\u00e9\n","z":null}]}"#).unwrap();
        assert_eq!(canonical(&one).unwrap(), canonical(&other).unwrap());
        assert_eq!(canonical(&one).unwrap(), r#"{"a":true,"b":[1,{"a":"é\n","z":null}]}"#);
        assert!(canonical(&json!({"a": 1.5})).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_canonical_stays_so(key in ".*", text in ".*", number: i64) {
            let value = json!({ key: [text, number] });
            let once = canonical(&value).unwrap();
            let again: Value = serde_json::from_str(&once).unwrap();
            proptest::prop_assert_eq!(once, canonical(&again).unwrap());
        }
    }
}
