//! Completions: the values that a script offers while somebody fills in.

use mlua::{Table, Value};

use crate::LuaGuest;
use crate::bindings::Error;
use crate::bindings::exports::ctx::extension::completion::{
    Choices, CompleteRequest, Guest, Subject,
};
use crate::interpreter;

use super::fields::{answer, list, value};
use super::resources::pairs;

impl Guest for LuaGuest {
    fn complete(request: CompleteRequest) -> Result<Choices, Error> {
        let interpreter = interpreter::loaded()?;
        let known = pairs(interpreter, request.known)?;
        let (subject, name) = match &request.subject {
            Subject::Agent(name) => ("agent", name.as_str()),
            Subject::Template(template) => ("template", template.as_str()),
        };
        let arguments = (subject, name, request.name, request.value, known);
        let made: Table = answer(interpreter, interpreter.run("complete", arguments)?)?;
        let values = list(&made)?;
        let text = |one: &Value| interpreter.lua.coerce_string(one.clone()).ok().flatten();
        let values = values.iter().filter_map(text).map(|text| text.to_string_lossy());
        let total = match value(&made, "total")? {
            Value::Integer(total) => u32::try_from(total).ok(),
            _ => None,
        };
        let more = value(&made, "more")?.as_boolean() == Some(true);
        Ok(Choices { values: values.collect(), total, more })
    }
}
