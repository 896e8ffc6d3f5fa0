//! Agents: what the script declares, and one prompt.

use mlua::{Table, Value};

use crate::LuaGuest;
use crate::bindings::exports::ctx::extension::agents::{
    AgentInfo, Argument, Guest, Prompt, PromptReply, PromptRequest,
};
use crate::bindings::{Error, ErrorKind, Message, Role};
use crate::failure;
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, decoded, list, optional_text, text, value};
use super::{blocks, questions};

impl Guest for LuaGuest {
    fn list_agents() -> Result<Vec<AgentInfo>, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let listed: Vec<Table> = answer(interpreter, interpreter.run("list_agents", ())?)?;
        listed.iter().map(info).collect()
    }

    fn prepare(request: PromptRequest) -> Result<PromptReply, Error> {
        let interpreter = interpreter::loaded()?;
        let arguments = decoded(interpreter, &request.arguments)?;
        let resumed = questions::resumed(interpreter, request.resumed.as_ref())?;
        let name = request.name.as_str();
        let returned = interpreter.run("prepare", (name, arguments, resumed))?;
        let (kind, value): (String, Value) = answer(interpreter, returned)?;
        match (kind.as_str(), &value) {
            ("ask", Value::Table(made)) => {
                Ok(PromptReply::Ask(questions::read(interpreter, made)?))
            }
            ("value", Value::Table(made)) => Ok(PromptReply::Done(prompt(interpreter, made)?)),
            _ => Err(failure::error(
                ErrorKind::NotFound,
                format!("{} has no agent `{name}`", interpreter::script_name()),
            )),
        }
    }
}

fn info(table: &Table) -> Result<AgentInfo, Error> {
    let what = "an agent";
    let mut arguments = Vec::new();
    if let Value::Table(declared) = value(table, "arguments")? {
        for declared in list(&declared)? {
            let Some(declared) = declared.as_table() else { continue };
            arguments.push(Argument {
                name: text(declared, "name", "an argument")?,
                title: optional_text(declared, "title", "an argument")?,
                description: text(declared, "description", "an argument")?,
                required: value(declared, "required")?.as_boolean() == Some(true),
            });
        }
    }
    Ok(AgentInfo {
        name: text(table, "name", what)?,
        title: optional_text(table, "title", what)?,
        description: text(table, "description", what)?,
        arguments,
        tools: tools(table)?.unwrap_or_default(),
        meta: optional_text(table, "meta", what)?,
    })
}

fn prompt(interpreter: &Interpreter, made: &Table) -> Result<Prompt, Error> {
    let mut messages = Vec::new();
    if let Value::Table(opening) = value(made, "messages")? {
        // What is no table is passed over, as Context Harness does.
        for turn in list(&opening)?.iter().filter_map(Value::as_table) {
            messages.push(message(interpreter, turn)?);
        }
    }
    Ok(Prompt { system: text(made, "system", "the prompt")?, messages, tools: tools(made)? })
}

fn message(interpreter: &Interpreter, turn: &Table) -> Result<Message, Error> {
    // Whatever else stands there, as Context Harness does it.
    let role = match value(turn, "role")? {
        Value::String(role) => match &*role.to_string_lossy() {
            "assistant" => Role::Assistant,
            "system" => Role::System,
            _ => Role::User,
        },
        _ => Role::Assistant,
    };
    let blocks = match value(turn, "content")? {
        Value::Nil | Value::Boolean(_) | Value::Function(_) => vec![blocks::plain("")],
        content => blocks::read(interpreter, &content)?,
    };
    Ok(Message { role, blocks })
}

fn tools(table: &Table) -> Result<Option<Vec<String>>, Error> {
    match value(table, "tools")? {
        Value::Table(names) => table_texts(&names).map(Some),
        _ => Ok(None),
    }
}

fn table_texts(names: &Table) -> Result<Vec<String>, Error> {
    let names = list(names)?;
    Ok(names.iter().filter_map(Value::as_string).map(mlua::LuaString::to_string_lossy).collect())
}
