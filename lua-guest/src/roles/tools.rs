//! Tools: what the script declares, and one call.

use mlua::{Table, Value};

use crate::LuaGuest;
use crate::bindings::exports::ctx::extension::tools::{
    CallRequest, Guest, Hints, Output, Reply, TaskSupport, ToolInfo,
};
use crate::bindings::{Error, ErrorKind};
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, decoded, json, optional_json, optional_text, text, value};
use super::{blocks, questions};

impl Guest for LuaGuest {
    fn list_tools() -> Result<Vec<ToolInfo>, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let listed: Vec<Table> = answer(interpreter, interpreter.run("list_tools", ())?)?;
        listed.iter().map(info).collect()
    }

    fn call(request: CallRequest) -> Result<Reply, Error> {
        let interpreter = interpreter::loaded()?;
        let arguments = decoded(interpreter, &request.arguments)?;
        let resumed = questions::resumed(interpreter, request.resumed.as_ref())?;
        let name = request.name.as_str();
        let returned = interpreter.run("call_tool", (name, arguments, resumed))?;
        let (kind, value): (String, Value) = answer(interpreter, returned)?;
        match (kind.as_str(), &value) {
            ("unknown", _) => Err(failure::error(
                ErrorKind::NotFound,
                format!("{} has no tool `{name}`", interpreter::script_name()),
            )),
            ("ask", Value::Table(made)) => Ok(Reply::Ask(questions::read(interpreter, made)?)),
            ("output", Value::Table(made)) => Ok(Reply::Done(output(interpreter, made)?)),
            _ => Ok(Reply::Done(plain(interpreter, &value)?)),
        }
    }
}

fn info(table: &Table) -> Result<ToolInfo, Error> {
    let what = "a tool";
    let mut hints = Hints::empty();
    if let Value::Table(claims) = value(table, "hints")? {
        for (name, hint) in [
            ("read_only", Hints::READ_ONLY),
            ("destructive", Hints::DESTRUCTIVE),
            ("idempotent", Hints::IDEMPOTENT),
            ("open_world", Hints::OPEN_WORLD),
        ] {
            hints.set(hint, value(&claims, name)?.as_boolean() == Some(true));
        }
    }
    let task = match optional_text(table, "task", what)?.as_deref() {
        None | Some("forbidden") => TaskSupport::Forbidden,
        Some("optional") => TaskSupport::Optional,
        Some("required") => TaskSupport::Required,
        Some(other) => {
            return Err(internal(format!(
                "`task` of a tool is `{other}`; use forbidden, optional or required"
            )));
        }
    };
    Ok(ToolInfo {
        name: text(table, "name", what)?,
        title: optional_text(table, "title", what)?,
        description: text(table, "description", what)?,
        input_schema: text(table, "input_schema", what)?,
        output_schema: optional_text(table, "output_schema", what)?,
        hints,
        task,
        meta: optional_text(table, "meta", what)?,
    })
}

/// What `ctx.output` made. Without blocks, the structured part is shown.
fn output(interpreter: &Interpreter, made: &Table) -> Result<Output, Error> {
    let what = "`ctx.output`";
    let structured = optional_json(interpreter, made, "structured", what)?;
    let mut blocks = blocks::read(interpreter, &value(made, "blocks")?)?;
    if blocks.is_empty() && value(made, "blocks")?.is_nil() {
        blocks.extend(structured.iter().map(blocks::plain));
    }
    Ok(Output { blocks, structured, meta: optional_json(interpreter, made, "meta", what)? })
}

/// What any other value is: a text for the model, or data for both.
fn plain(interpreter: &Interpreter, value: &Value) -> Result<Output, Error> {
    let (blocks, structured) = match value {
        Value::Nil => (Vec::new(), None),
        Value::String(text) => match text.to_str() {
            Ok(text) => (vec![blocks::plain(text.to_owned())], None),
            Err(_) => {
                return Err(internal(
                    "`tool.execute` returned a string that is not UTF-8: return bytes in \
                     `ctx.output{ blocks = { ctx.embedded{ uri = …, bytes = … } } }`",
                ));
            }
        },
        data => {
            let json = json(interpreter, data, "what `tool.execute` returned")?;
            (vec![blocks::plain(json.clone())], Some(json))
        }
    };
    Ok(Output { blocks, structured, meta: None })
}
