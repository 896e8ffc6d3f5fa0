//! From what a script raised to the contract's `error`.
//!
//! Kinds come from structure only: the shape of the value that was raised, the
//! room left on the stacks, the note a lent function left. No text is parsed.

mod handler;
mod stack_room;

use std::cell::RefCell;

use mlua::{Lua, Table, Value};

use crate::bindings::{Error, ErrorKind};
use crate::convert;

pub(crate) use handler::{on_error, position, positioned, push_place};

/// Why a lent function gave no answer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// Whether the message says by itself what was called.
    pub(crate) whole: bool,
}

impl Fault {
    /// Returns a fault of the script: a wrong argument, for example.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Internal, message)
    }

    /// Returns a fault of the given kind.
    pub(crate) fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), whole: false }
    }

    /// Returns the fault with a message that says what was called.
    pub(crate) fn named(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), whole: true, ..self }
    }
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Self {
        let error = from_mlua(&error);
        Self::of(error.kind, error.message)
    }
}

/// The last fault of a lent function: its kind, and the text that the script
/// got. A script that lets it pass ends with that kind.
struct Noted {
    kind: ErrorKind,
    text: Vec<u8>,
}

thread_local! {
    static PENDING: RefCell<ErrorKind> = const { RefCell::new(ErrorKind::Internal) };
    static NOTED: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

/// Remembers the kind of a fault whose text is about to be positioned.
pub(crate) fn pend(kind: ErrorKind) {
    PENDING.set(kind);
}

/// Returns an error of the given kind with nothing but a message.
pub(crate) fn error(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error { kind, message: message.into(), retry_after: None, details: None }
}

/// Returns an error that is the script's fault.
pub(crate) fn internal(message: impl Into<String>) -> Error {
    error(ErrorKind::Internal, message)
}

/// Returns what `mlua` found wrong.
pub(crate) fn from_mlua(cause: &mlua::Error) -> Error {
    match cause {
        mlua::Error::MemoryError(_) => out_of_memory(),
        mlua::Error::SyntaxError { message, .. } | mlua::Error::RuntimeError(message) => {
            internal(message.clone())
        }
        mlua::Error::CallbackError { cause, .. } => from_mlua(cause),
        other => internal(other.to_string()),
    }
}

/// Returns the error for what a protected call caught.
///
/// The handler wraps all that it sees in a table of its own. Anything else
/// never got to the handler, and that happens in two cases: no memory was
/// left, or no stack to run the handler on.
pub(crate) fn from_caught(lua: &Lua, caught: &Value) -> Error {
    let Some(caught) = caught.as_table() else {
        return error(
            ErrorKind::Exhausted,
            format!("the script ran out of memory or stack: {}", text_of(lua, caught)),
        );
    };
    let value: Value = caught.raw_get("value").unwrap_or_default();
    if let Some(raised) = value.as_table() {
        return from_raised(lua, raised);
    }
    let message = text_of(lua, &value);
    let exhausted: bool = caught.raw_get("exhausted").unwrap_or_default();
    let kind = if exhausted { ErrorKind::Exhausted } else { noted_kind(&value) };
    let traceback: Option<String> = caught.raw_get("traceback").unwrap_or_default();
    let details = traceback.and_then(|traceback| readable(&traceback)).map(|traceback| {
        let mut json = String::from("{\"traceback\":");
        convert::quote(&mut json, &traceback);
        json.push('}');
        json
    });
    Error { kind, message, retry_after: None, details }
}

/// Returns the error for a table that a script raised on purpose.
fn from_raised(lua: &Lua, raised: &Table) -> Error {
    let kind = match raised.raw_get::<Value>("kind") {
        Ok(Value::String(name)) => kind_of(&name.to_string_lossy()).unwrap_or(ErrorKind::Internal),
        _ => ErrorKind::Internal,
    };
    let message = match raised.raw_get::<Value>("message") {
        Ok(Value::Nil) | Err(_) => match convert::encode(lua, &Value::Table(raised.clone())) {
            Ok(json) if raised.metatable().is_none() => json,
            _ => text_of(lua, &Value::Table(raised.clone())),
        },
        Ok(message) => text_of(lua, &message),
    };
    let seconds = match raised.raw_get::<Value>("retry_after") {
        Ok(Value::Integer(seconds)) => u64::try_from(seconds).ok().map(|s| s.saturating_mul(1000)),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates"
        )]
        Ok(Value::Number(seconds)) if seconds >= 0.0 => Some((seconds * 1000.0) as u64),
        _ => None,
    };
    let details = match raised.raw_get::<Value>("details") {
        Ok(Value::Nil) | Err(_) => None,
        Ok(details) => convert::encode(lua, &details).ok(),
    };
    Error { kind, message, retry_after: seconds, details }
}

/// Returns the kind of this name, with either dash.
pub(crate) fn kind_of(name: &str) -> Option<ErrorKind> {
    Some(match name.replace('_', "-").as_str() {
        "invalid-input" => ErrorKind::InvalidInput,
        "not-found" => ErrorKind::NotFound,
        "denied" => ErrorKind::Denied,
        "unavailable" => ErrorKind::Unavailable,
        "exhausted" => ErrorKind::Exhausted,
        "cancelled" => ErrorKind::Cancelled,
        "internal" => ErrorKind::Internal,
        _ => return None,
    })
}

fn noted_kind(raised: &Value) -> ErrorKind {
    let Some(raised) = raised.as_string() else { return ErrorKind::Internal };
    NOTED.with_borrow(|noted| match noted {
        Some(noted) if *raised.as_bytes() == *noted.text => noted.kind,
        _ => ErrorKind::Internal,
    })
}

fn out_of_memory() -> Error {
    error(ErrorKind::Exhausted, "the script ran out of memory")
}

/// Returns the text Lua's `tostring` would give, whatever the value.
fn text_of(lua: &Lua, value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string_lossy(),
        Value::Error(cause) => from_mlua(cause).message,
        other => match lua.globals().raw_get::<mlua::Function>("tostring") {
            Ok(tostring) => match tostring.call::<Value>(other.clone()) {
                Ok(Value::String(text)) => text.to_string_lossy(),
                _ => other.type_name().to_owned(),
            },
            Err(_) => other.type_name().to_owned(),
        },
    }
}

/// Leaves out the frames of this crate, which say nothing to an author.
/// Returns nothing if no frame of the script is left.
fn readable(traceback: &str) -> Option<String> {
    let mut lines: Vec<&str> = traceback.lines().filter(|line| !line.contains("[ctx]")).collect();
    let is_ours = |line: &&str| line.starts_with("\t[C]: ") || line.starts_with("\t(");
    while lines.last().is_some_and(is_ours) {
        lines.pop();
    }
    (lines.len() > 1).then(|| lines.join("\n"))
}
