//! Hooks: what a script's handlers are given, and what they say. Each phase is
//! an interface of its own, and all of them speak of the same things.

use mlua::{IntoLuaMulti, Table, Value};

use crate::LuaGuest;
use crate::bindings::ctx::extension::hooking::{
    Action, ConflictPolicy, Delta, HookRun, Operation, Snippets, Transaction,
};
use crate::bindings::ctx::extension::types::Span;
use crate::bindings::exports::ctx::extension::{
    events, normalize, post_model_draft, post_moderation, pre_chat_turn, pre_persist_turn,
    pre_save_validate, resolver, retrieval_enrichment,
};
use crate::bindings::{Error, ErrorKind};
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, decoded, json, list, optional_json, optional_text, text, value};

impl normalize::Guest for LuaGuest {
    fn run(run: HookRun, kind: String, entity: String) -> Result<Delta, Error> {
        let interpreter = interpreter::loaded()?;
        let entity = decoded(interpreter, &entity)?;
        let about = about(interpreter, &run)?;
        delta(interpreter, &called(interpreter, "normalize", &run, (entity, kind, about))?)
    }
}

impl retrieval_enrichment::Guest for LuaGuest {
    fn run(run: HookRun, query: String) -> Result<Snippets, Error> {
        let interpreter = interpreter::loaded()?;
        let about = about(interpreter, &run)?;
        snippets(&called(interpreter, "retrieval_enrichment", &run, (query, about))?)
    }
}

impl pre_save_validate::Guest for LuaGuest {
    fn run(run: HookRun, kind: String, data: String) -> Result<(), Error> {
        let interpreter = interpreter::loaded()?;
        let data = decoded(interpreter, &data)?;
        let about = about(interpreter, &run)?;
        let arguments = (run.handler.as_str(), data, kind, about);
        let said: Value = answer(interpreter, interpreter.run("validate", arguments)?)?;
        let refused = |message: String| Err(failure::error(ErrorKind::InvalidInput, message));
        match &said {
            Value::Nil => Ok(()),
            Value::String(why) => refused(why.to_string_lossy()),
            Value::Table(problem) => refused(text(problem, "message", "a refusal")?),
            other => Err(internal(format!(
                "a validator returns nothing, or why it refuses, got {}",
                other.type_name()
            ))),
        }
    }
}

impl pre_chat_turn::Guest for LuaGuest {
    fn run(run: HookRun, turn: String) -> Result<Snippets, Error> {
        snippets(&on_turn("pre_chat_turn", &run, &turn)?)
    }
}

impl post_model_draft::Guest for LuaGuest {
    fn run(run: HookRun, draft: String) -> Result<post_model_draft::Revision, Error> {
        let said = on_turn("post_model_draft", &run, &draft)?;
        revision(interpreter::loaded()?, &said)
    }
}

impl post_moderation::Guest for LuaGuest {
    fn run(run: HookRun, turn: String) -> Result<Delta, Error> {
        let said = on_turn("post_moderation", &run, &turn)?;
        delta(interpreter::loaded()?, &said)
    }
}

impl pre_persist_turn::Guest for LuaGuest {
    fn run(run: HookRun, turn: String) -> Result<Vec<Transaction>, Error> {
        let said = on_turn("pre_persist_turn", &run, &turn)?;
        transactions(interpreter::loaded()?, &said)
    }
}

impl resolver::Guest for LuaGuest {
    fn resolve(
        name: String,
        path: String,
        current: Option<String>,
        candidates: Vec<resolver::Candidate>,
    ) -> Result<Vec<String>, Error> {
        let interpreter = interpreter::loaded()?;
        let current = match &current {
            Some(json) => decoded(interpreter, json)?,
            None => Value::Nil,
        };
        let lua = &interpreter.lua;
        let all = || -> mlua::Result<Table> {
            let all = lua.create_table()?;
            for one in &candidates {
                let made = lua.create_table()?;
                made.raw_set("id", one.id.as_str())?;
                made.raw_set("origin", one.origin.as_str())?;
                made.raw_set("weight", one.weight)?;
                let operations = lua.create_table()?;
                for operation in &one.operations {
                    let entry = lua.create_table()?;
                    entry.raw_set("path", operation.path.as_str())?;
                    entry.raw_set("action", word(operation.action))?;
                    if let Some(json) = &operation.value {
                        let value = decoded(interpreter, json).map_err(mlua_error)?;
                        entry.raw_set("value", value)?;
                    }
                    operations.raw_push(entry)?;
                }
                made.raw_set("operations", operations)?;
                all.raw_push(made)?;
            }
            Ok(all)
        };
        let all = all().map_err(|cause| failure::from_mlua(&cause))?;
        let arguments = ("resolver", name.as_str(), name.as_str(), path, current, all);
        let said: Value = answer(interpreter, interpreter.run("hook", arguments)?)?;
        let Value::Table(ids) = said else {
            return Err(internal("a resolver returns a list of ids"));
        };
        let ids = list(&ids)?;
        Ok(ids.iter().filter_map(Value::as_string).map(mlua::LuaString::to_string_lossy).collect())
    }
}

impl events::Guest for LuaGuest {
    fn observe(event: events::Event) -> Result<(), Error> {
        let interpreter = interpreter::loaded()?;
        let payload = decoded(interpreter, &event.payload)?;
        let name = event.name.as_str();
        interpreter.run("hook", (name, name, payload, name)).map(drop)
    }
}

fn mlua_error(error: Error) -> mlua::Error {
    mlua::Error::runtime(error.message)
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Set => "set",
        Action::Increment => "increment",
        Action::Append => "append",
    }
}

/// Calls a handler of a phase that is shown a turn.
fn on_turn(phase: &str, run: &HookRun, turn: &str) -> Result<Value, Error> {
    let interpreter = interpreter::loaded()?;
    let turn = decoded(interpreter, turn)?;
    let about = about(interpreter, run)?;
    called(interpreter, phase, run, (turn, about))
}

fn called(
    interpreter: &Interpreter,
    phase: &str,
    run: &HookRun,
    arguments: impl IntoLuaMulti,
) -> Result<Value, Error> {
    let lua = &interpreter.lua;
    let mut all = arguments.into_lua_multi(lua).map_err(|cause| failure::from_mlua(&cause))?;
    for word in [run.handler.as_str(), phase] {
        let word = lua.create_string(word).map_err(|cause| failure::from_mlua(&cause))?;
        all.push_front(Value::String(word));
    }
    answer(interpreter, interpreter.run("hook", all)?)
}

/// What a handler is told of its run.
fn about(interpreter: &Interpreter, run: &HookRun) -> Result<Table, Error> {
    let made = || -> mlua::Result<Table> {
        let table = interpreter.lua.create_table()?;
        table.raw_set("handler", run.handler.as_str())?;
        table.raw_set("tenant", run.tenant.as_str())?;
        table.raw_set("session", run.session.as_deref())?;
        table.raw_set("role", run.role.as_deref())?;
        table.raw_set("request", run.request.as_str())?;
        table.raw_set("time_budget_ms", run.time_budget_ms)?;
        table.raw_set("token_budget", run.token_budget)?;
        table.raw_set("dry_run", run.dry_run)?;
        Ok(table)
    };
    made().map_err(|cause| failure::from_mlua(&cause))
}

/// A JSON object of what a table says, or of nothing.
fn object(
    interpreter: &Interpreter,
    table: &Table,
    name: &str,
    what: &str,
) -> Result<String, Error> {
    let found = optional_json(interpreter, table, name, what)?;
    // An empty table is written as a list.
    Ok(found.filter(|json| json != "[]").unwrap_or_else(|| "{}".to_owned()))
}

fn delta(interpreter: &Interpreter, said: &Value) -> Result<Delta, Error> {
    match said {
        Value::Nil => Ok(Delta { changes: "{}".to_owned(), transactions: Vec::new() }),
        Value::Table(table) => Ok(Delta {
            changes: object(interpreter, table, "changes", "what a hook returned")?,
            transactions: transactions(interpreter, &value(table, "transactions")?)?,
        }),
        other => Err(wrong("{ changes = …, transactions = … }", other)),
    }
}

fn snippets(said: &Value) -> Result<Snippets, Error> {
    let texts = |found: &Value| -> Result<Vec<String>, Error> {
        match found {
            Value::Nil => Ok(Vec::new()),
            Value::String(text) => Ok(vec![text.to_string_lossy()]),
            Value::Table(all) => {
                let all = list(all)?;
                Ok(all
                    .iter()
                    .filter_map(Value::as_string)
                    .map(mlua::LuaString::to_string_lossy)
                    .collect())
            }
            other => Err(wrong("a list of texts", other)),
        }
    };
    match said {
        Value::Table(table) => Ok(Snippets {
            snippets: texts(&value(table, "snippets")?)?,
            tags: texts(&value(table, "tags")?)?,
        }),
        Value::Nil | Value::String(_) => Ok(Snippets { snippets: texts(said)?, tags: Vec::new() }),
        other => Err(wrong("{ snippets = …, tags = … }", other)),
    }
}

fn revision(interpreter: &Interpreter, said: &Value) -> Result<post_model_draft::Revision, Error> {
    let table = match said {
        Value::Nil => {
            let (edits, transactions) = (Vec::new(), Vec::new());
            return Ok(post_model_draft::Revision {
                edits,
                metadata: "{}".to_owned(),
                transactions,
            });
        }
        Value::Table(table) => table,
        other => return Err(wrong("{ edits = …, metadata = …, transactions = … }", other)),
    };
    let mut edits = Vec::new();
    if let Value::Table(given) = value(table, "edits")? {
        for edit in list(&given)? {
            let Value::Table(edit) = edit else { return Err(wrong("an edit", &edit)) };
            let place = |name: &str| match value(&edit, name)? {
                Value::Integer(at) => u32::try_from(at)
                    .map_err(|_| internal(format!("`{name}` of an edit is no place in a text"))),
                other => Err(wrong("a whole number", &other)),
            };
            let span = Span { start: place("start")?, end: place("stop")? };
            edits.push(post_model_draft::Edit { span, text: text(&edit, "text", "an edit")? });
        }
    }
    Ok(post_model_draft::Revision {
        edits,
        metadata: object(interpreter, table, "metadata", "what a hook returned")?,
        transactions: transactions(interpreter, &value(table, "transactions")?)?,
    })
}

fn transactions(interpreter: &Interpreter, said: &Value) -> Result<Vec<Transaction>, Error> {
    match said {
        Value::Nil => Ok(Vec::new()),
        // One alone need not be in a list.
        Value::Table(table) if !value(table, "operations")?.is_nil() => {
            Ok(vec![transaction(interpreter, table)?])
        }
        Value::Table(table) => list(table)?
            .iter()
            .map(|one| match one {
                Value::Table(one) => transaction(interpreter, one),
                other => Err(wrong("a transaction", other)),
            })
            .collect(),
        other => Err(wrong("a list of transactions", other)),
    }
}

fn transaction(interpreter: &Interpreter, table: &Table) -> Result<Transaction, Error> {
    let what = "a transaction";
    let mut operations = Vec::new();
    if let Value::Table(given) = value(table, "operations")? {
        for operation in list(&given)? {
            let Value::Table(operation) = operation else {
                return Err(wrong("an operation", &operation));
            };
            let action = match text(&operation, "action", "an operation")?.as_str() {
                "set" => Action::Set,
                "increment" => Action::Increment,
                "append" => Action::Append,
                other => return Err(internal(format!("`{other}` is no action of a transaction"))),
            };
            let found = value(&operation, "value")?;
            let value = match found {
                Value::Nil => None,
                found => Some(json(interpreter, &found, "the value of an operation")?),
            };
            operations.push(Operation {
                path: text(&operation, "path", "an operation")?,
                action,
                value,
            });
        }
    }
    let policy = match optional_text(table, "policy", what)?.as_deref() {
        None | Some("first-wins") => ConflictPolicy::FirstWins,
        Some("last-wins") => ConflictPolicy::LastWins,
        Some("weighted") => ConflictPolicy::Weighted,
        Some("resolver") => ConflictPolicy::Resolver,
        Some(other) => return Err(internal(format!("`{other}` is no policy of a transaction"))),
    };
    let weight = match value(table, "weight")? {
        Value::Integer(weight) => u32::try_from(weight).unwrap_or(0),
        _ => 0,
    };
    let metadata = optional_json(interpreter, table, "metadata", what)?;
    Ok(Transaction {
        id: text(table, "id", what)?,
        operations,
        policy,
        weight,
        resolver: optional_text(table, "resolver", what)?,
        metadata: metadata.map(|json| if json == "[]" { "{}".to_owned() } else { json }),
    })
}

fn wrong(wanted: &str, got: &Value) -> Error {
    internal(format!("a hook was to return {wanted}, got {}", got.type_name()))
}
