//! Questions to the caller, and the answers that come back.

use mlua::{Table, Value};

use crate::bindings::{Ask, Error, Form, Outcome, Question, Questions, Resumed, Visit};
use crate::failure::{self, internal};
use crate::interpreter::Interpreter;
use crate::timestamp;

use super::fields::{decoded, json, list, optional_json, text, value};

/// Returns what `ctx.ask` made.
pub(super) fn read(interpreter: &Interpreter, made: &Table) -> Result<Questions, Error> {
    let Value::Table(asked) = value(made, "questions")? else {
        return Err(internal("`ctx.ask` takes a list of questions"));
    };
    let questions: Vec<Question> =
        list(&asked)?.iter().map(|made| question(interpreter, made)).collect::<Result<_, _>>()?;
    if questions.is_empty() {
        return Err(internal("`ctx.ask` was given no question"));
    }
    let state = json(interpreter, &value(made, "state")?, "the state of `ctx.ask`")?;
    let expires = match value(made, "expires")? {
        Value::Integer(seconds) => Some(seconds),
        Value::Number(seconds) => timestamp::from_seconds(seconds),
        Value::String(text) => timestamp::parse(&text.to_string_lossy()),
        _ => None,
    };
    Ok(Questions { questions, state, expires })
}

fn question(interpreter: &Interpreter, made: &Value) -> Result<Question, Error> {
    let what = "a question";
    let Some(table) = made.as_table() else {
        return Err(internal(
            "a question is made by `ctx.form`, `ctx.visit`, `ctx.completion` or `ctx.roots`",
        ));
    };
    let ask = match text(table, "type", what)?.as_str() {
        "form" => Ask::Form(Form {
            message: text(table, "message", what)?,
            schema: json(interpreter, &value(table, "schema")?, "the schema of a question")?,
        }),
        "visit" => Ask::Visit(Visit {
            message: text(table, "message", what)?,
            url: text(table, "url", what)?,
        }),
        "completion" => Ask::Completion(
            optional_json(interpreter, table, "params", what)?.unwrap_or_else(|| "{}".to_owned()),
        ),
        "roots" => Ask::Roots,
        other => return Err(internal(format!("a question has the unknown type `{other}`"))),
    };
    Ok(Question { key: text(table, "key", what)?, ask })
}

/// Returns `{ state, answers = { [key] = { outcome, value } } }`, or nil.
pub(super) fn resumed(
    interpreter: &Interpreter,
    resumed: Option<&Resumed>,
) -> Result<Value, Error> {
    let Some(resumed) = resumed else { return Ok(Value::Nil) };
    let state = decoded(interpreter, &resumed.state)?;
    let values: Vec<Value> = resumed
        .answers
        .iter()
        .map(|answer| {
            answer.value.as_deref().map_or(Ok(Value::Nil), |json| decoded(interpreter, json))
        })
        .collect::<Result<_, _>>()?;
    let make = || {
        let lua = &interpreter.lua;
        let answers = lua.create_table()?;
        for (answer, value) in resumed.answers.iter().zip(values) {
            let table = lua.create_table()?;
            let outcome = match answer.outcome {
                Outcome::Accepted => "accepted",
                Outcome::Declined => "declined",
                Outcome::Dismissed => "dismissed",
            };
            table.raw_set("outcome", outcome)?;
            table.raw_set("value", value)?;
            answers.raw_set(answer.key.as_str(), table)?;
        }
        let table = lua.create_table()?;
        table.raw_set("state", state)?;
        table.raw_set("answers", answers)?;
        Ok(Value::Table(table))
    };
    make().map_err(|cause: mlua::Error| failure::from_mlua(&cause))
}
