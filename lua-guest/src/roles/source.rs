//! Connectors: what the script declares, and a walk.
//!
//! The walk is a coroutine. Its documents go into a queue as they are emitted,
//! and it is resumed only while a page still has room.

mod item;
mod queue;

use std::cell::{Cell, RefCell};

use mlua::{Function, Lua, MultiValue, Table, Thread, Value};

use crate::LuaGuest;
use crate::bindings::exports::ctx::extension::source::{
    Guest, GuestScan, OpenError, OpenRequest, Page, Scan, SourceInfo,
};
use crate::bindings::{Content, Error};
use crate::convert;
use crate::failure::{self, internal};
use crate::interpreter::{self, Interpreter};

use super::fields::{answer, decoded, text, value};
use queue::Queue;

pub(super) use queue::install;

impl Guest for LuaGuest {
    type Scan = Walk;

    fn describe() -> Result<SourceInfo, Error> {
        let interpreter = interpreter::loaded_to_describe()?;
        let info: Table = answer(interpreter, interpreter.run("describe_connector", ())?)?;
        let claim = |name| Ok::<_, Error>(value(&info, name)?.as_boolean() == Some(true));
        Ok(SourceInfo {
            description: text(&info, "description", "the connector")?,
            settings_schema: text(&info, "settings_schema", "the connector")?,
            incremental: claim("incremental")?,
            complete: claim("complete")?,
            streaming: claim("streaming")?,
        })
    }

    fn open(request: OpenRequest) -> Result<Scan, OpenError> {
        Walk::open(&request).map(Scan::new)
    }
}

/// A walk through the source that the script reads.
pub(crate) struct Walk {
    interpreter: &'static Interpreter,
    thread: Thread,
    settings: Value,
    /// What the coroutine is started with; empty once it has been.
    arguments: RefCell<MultiValue>,
    queue: RefCell<Queue>,
    /// What the scan returned, as far as it is not handed over yet.
    list: RefCell<Option<List>>,
    ended: Cell<bool>,
    /// Why the walk ended, if it failed.
    failure: RefCell<Option<Error>>,
}

/// What the body of the coroutine returns: a list, where it ends, how many it
/// holds, and a checkpoint; all of it only if there is a list.
type Returned = (Option<Table>, Option<usize>, Option<u64>, Value);

/// A list of documents, given away from the front.
struct List {
    table: Table,
    next: usize,
    length: usize,
    /// Where a later scan goes on, if the script said so.
    checkpoint: Value,
}

impl Walk {
    fn open(request: &OpenRequest) -> Result<Self, OpenError> {
        let interpreter = interpreter::loaded().map_err(OpenError::Failed)?;
        let lua = &interpreter.lua;
        let settings = decoded(interpreter, &request.settings).map_err(OpenError::Failed)?;
        let since = match &request.since {
            None => Value::Nil,
            // A checkpoint that some other version wrote is text at least.
            Some(text) => match convert::decode(lua, text) {
                Ok(value) => value,
                Err(_) => string(lua, text).map_err(OpenError::Failed)?,
            },
        };
        let accepted = interpreter.run("accepts", &since).map_err(OpenError::Failed)?;
        if accepted.front().and_then(Value::as_boolean) == Some(false) {
            return Err(OpenError::CheckpointExpired);
        }
        let make = || {
            let thread = lua.create_thread(interpreter.host.raw_get::<Function>("walk")?)?;
            let source = lua.create_table()?;
            source.raw_set("name", request.name.as_str())?;
            let arguments = vec![settings.clone(), since, Value::Table(source)];
            Ok(Self {
                interpreter,
                thread,
                settings: settings.clone(),
                arguments: RefCell::new(arguments.into()),
                queue: RefCell::default(),
                list: RefCell::default(),
                ended: Cell::new(false),
                failure: RefCell::default(),
            })
        };
        make().map_err(|cause: mlua::Error| OpenError::Failed(failure::from_mlua(&cause)))
    }

    /// Resumes the script until it pauses with a full page, or ends.
    fn resume(&self) -> Result<(), Error> {
        let arguments = self.arguments.take();
        queue::exchange(&self.queue);
        let outcome = self.thread.resume::<MultiValue>(arguments);
        queue::exchange(&self.queue);
        if self.thread.is_resumable() && outcome.is_ok() {
            return Ok(());
        }
        self.ended.set(true);
        let returned = match self.interpreter.outcome(outcome) {
            Ok(returned) => returned,
            Err(error) => {
                // What was given before the failure is good, and goes first.
                self.failure.replace(Some(error));
                return Ok(());
            }
        };
        let (table, length, count, checkpoint): Returned = answer(self.interpreter, returned)?;
        if let (Some(table), Some(length)) = (table, length) {
            let mut queue = self.queue.borrow_mut();
            // Only a list knows its length beforehand.
            if queue.is_untouched() {
                queue.total = count;
            }
            self.list.replace(Some(List { table, next: 1, length, checkpoint }));
        }
        Ok(())
    }

    /// Moves documents of the returned list into the queue, one page of them.
    fn hand_over(&self, limit: usize) -> Result<(), Error> {
        let mut list = self.list.borrow_mut();
        let Some(given) = list.as_mut() else { return Ok(()) };
        let mut queue = self.queue.borrow_mut();
        let rest = (given.length + 1).saturating_sub(given.next);
        let taken = item::take(
            &self.interpreter.lua,
            &given.table,
            given.next,
            rest.min(queue.room(limit)),
            &mut queue,
        )
        .map_err(|cause| failure::from_mlua(&cause))?;
        given.next += taken;
        if given.next > given.length {
            if !given.checkpoint.is_nil() {
                let json = convert::encode(&self.interpreter.lua, &given.checkpoint).map_err(
                    |problem| internal(format!("the checkpoint is not JSON: {}", problem.0)),
                )?;
                queue.push_checkpoint(json);
            }
            *list = None;
        }
        Ok(())
    }
}

impl GuestScan for Walk {
    fn next(&self, limit: u32) -> Result<Option<Page>, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        self.queue.borrow_mut().begin_page(limit);
        loop {
            if let Some(page) = self.queue.borrow_mut().full_page(limit) {
                return Ok(Some(page));
            }
            if !self.ended.get() {
                self.resume()?;
            } else if self.list.borrow().is_some() {
                self.hand_over(limit)?;
            } else if let Some(page) = self.queue.borrow_mut().last_page(limit) {
                return Ok(Some(page));
            } else {
                return self.failure.borrow().clone().map_or(Ok(None), Err);
            }
        }
    }

    fn read(&self, id: String) -> Result<Content, Error> {
        let interpreter = self.interpreter;
        let returned = interpreter.run("read_deferred", (id.as_str(), self.settings.clone()))?;
        match answer::<Value>(interpreter, returned)? {
            Value::String(body) => Ok(item::content(body.as_bytes().to_vec())),
            Value::Nil => Err(failure::error(
                crate::bindings::ErrorKind::NotFound,
                format!("`connector.read` returned nothing for `{id}`"),
            )),
            other => Err(internal(format!(
                "`connector.read` must return a string, got {}",
                other.type_name()
            ))),
        }
    }
}

fn string(lua: &Lua, text: &str) -> Result<Value, Error> {
    lua.create_string(text).map(Value::String).map_err(|cause| failure::from_mlua(&cause))
}
