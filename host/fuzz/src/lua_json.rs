//! JSON text to Lua values and back, in the guest's own code: it takes what
//! JSON is, refuses the rest, and loses nothing on the way.

mod values;

use mlua::{Lua, Value};
use serde_json::Value as Json;

use crate::convert::{self, DEPTH};

pub(crate) use values::{Scripting, make, with_lua};

/// Decodes the bytes as JSON, and encodes values that are made of them.
pub fn run(bytes: &[u8]) {
    with_lua(|scripting| {
        match std::str::from_utf8(bytes) {
            Ok(text) => decode(scripting, text),
            Err(_) => assert!(scripting.decode_kept(bytes).is_err(), "it is not UTF-8"),
        }
        let value = values::make(scripting, bytes);
        encode(&scripting.lua, &value);
    });
}

fn decode(scripting: &Scripting, text: &str) {
    let lua = &scripting.lua;
    let expected = serde_json::from_str::<Json>(text).ok().filter(|json| depth(json) <= DEPTH);
    let found = convert::decode(lua, text);
    let is_object = convert::is_object(text);
    let Ok(value) = found else {
        assert!(expected.is_none() && !is_object, "`{text}` is JSON");
        assert!(scripting.decode_kept(text.as_bytes()).is_err());
        return;
    };
    let is_json = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    assert!(is_json, "`{text}` is no JSON");
    encode(lua, &value);
    let Some(expected) = expected else {
        // A number beyond all floats is infinite here.
        assert!(text.contains(['e', 'E']) || text.len() > 300, "`{text}` is no JSON");
        return;
    };
    assert_eq!(is_object, expected.is_object());
    // With its nulls, all of it comes back.
    let kept = scripting.decode_kept(text.as_bytes()).expect("it was decoded before");
    let written = convert::encode(lua, &kept).expect("it came out of JSON");
    let again: Json = serde_json::from_str(&written).expect("it is JSON");
    assert!(is_same(&expected, &again), "`{text}` became `{written}`");
    let kept = scripting.decode_kept(written.as_bytes()).expect("it is JSON");
    assert_eq!(convert::encode(lua, &kept).ok().as_deref(), Some(written.as_str()));
}

/// Whatever a script made is JSON, or is refused; the same each time.
fn encode(lua: &Lua, value: &Value) {
    match convert::encode(lua, value) {
        Ok(written) => {
            let json: Json = serde_json::from_str(&written).expect("it is JSON");
            assert!(depth(&json) <= DEPTH);
            assert_eq!(convert::encode(lua, value).ok(), Some(written.clone()));
            assert!(convert::decode(lua, &written).is_ok(), "{written}");
        }
        Err(problem) => assert!(!problem.0.is_empty()),
    }
}

/// How many lists and objects stand inside each other.
pub(crate) fn depth(json: &Json) -> usize {
    match json {
        Json::Array(all) => 1 + all.iter().map(depth).max().unwrap_or(0),
        Json::Object(all) => 1 + all.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether both are the same, but for the last digit of a float, of which
/// `serde_json` is not sure.
fn is_same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| is_same(l, r))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| is_same(l, r)))
        }
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left == right,
            _ => match (left.as_f64(), right.as_f64()) {
                (Some(left), Some(right)) => {
                    (left - right).abs() <= left.abs().max(f64::MIN_POSITIVE) * 1e-15
                }
                _ => false,
            },
        },
        _ => left == right,
    }
}
