//! A hook that refuses to write about people who are no adults, or whose age
//! is none.

use ctx_sdk::hooks::{HookRun, PreSaveValidate};
use ctx_sdk::{Error, Result};
use serde_json::Value;

struct Ages;

/// The least age of somebody who may be written about.
const ADULT: f64 = 18.0;

/// Nobody has been older.
const OLDEST: f64 = 130.0;

impl PreSaveValidate for Ages {
    fn run(_: HookRun, _: String, data: Value) -> Result<()> {
        check(&data).map_err(Error::invalid_input)
    }
}

/// Looks at every `age` there is, however deep.
fn check(value: &Value) -> Result<(), String> {
    match value {
        Value::Object(object) => object
            .iter()
            .try_for_each(|(key, value)| if key == "age" { age(value) } else { check(value) }),
        Value::Array(all) => all.iter().try_for_each(check),
        _ => Ok(()),
    }
}

fn age(value: &Value) -> Result<(), String> {
    match value.as_f64() {
        Some(age) if (ADULT..=OLDEST).contains(&age) => Ok(()),
        Some(age) if (0.0..ADULT).contains(&age) => {
            Err(format!("`age` is {age}, and nobody under {ADULT} is written about"))
        }
        _ => Err(format!("`age` is {value}, which is no age")),
    }
}

ctx_sdk::export!(pre_save_validate: Ages);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_age_is_that_of_an_adult_however_deep_it_stands() {
        assert!(check(&json!({"people": [{"age": 18}, {"age": 42.5}], "ages": 3})).is_ok());
        for wrong in [json!(17), json!(-1), json!(200), json!("old"), json!(null)] {
            assert!(check(&json!({"metadata": {"people": [{"age": wrong}]}})).is_err(), "{wrong}");
        }
    }
}
