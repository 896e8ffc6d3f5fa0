//! A call finds its arguments, and says so when they do not fit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::block::BlockContent;

struct Double;

impl Tool for Double {
    const NAME: &'static str = "double";
    type Arguments = u32;

    fn describe() -> ToolInfo {
        ToolInfo::new("Doubles")
    }

    fn call(number: u32) -> Result<Reply> {
        Reply::structured(&json!({ "double": number * 2 }))
    }
}

#[test]
fn the_name_comes_from_the_trait() {
    assert_eq!(info::<Double>().name, "double");
    assert_eq!(info::<Double>().input_schema, r#"{"type":"object"}"#);
}

#[test]
fn a_structured_answer_is_json_for_programs_and_for_the_model() {
    let Ok(Reply::Done(output)) = answer::<Double>("21", None) else { panic!("no answer") };
    let value: Value = serde_json::from_str(&output.structured.unwrap()).unwrap();
    assert_eq!(value, json!({ "double": 42 }));
    let [Block { content: BlockContent::Text(text), .. }] = output.blocks.as_slice() else {
        panic!("not one text")
    };
    assert_eq!(text, r#"{"double":42}"#);
}

#[test]
fn arguments_that_do_not_fit_are_the_callers_fault() {
    let error = answer::<Double>("\"x\"", None).err().unwrap();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(error.message.starts_with("the arguments of `double` do not fit: "));
}

#[test]
fn a_tool_that_asks_nothing_cannot_be_resumed() {
    let resumed = Resumed { state: "null".to_owned(), answers: Vec::new() };
    assert_eq!(answer::<Double>("1", Some(resumed)).err().unwrap().kind, ErrorKind::InvalidInput);
}
