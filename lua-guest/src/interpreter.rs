//! The one interpreter of an instance: booted, then given its script.
//!
//! Booting happens at build time and is snapshotted, so it opens nothing of
//! the host's. Loading the script is the first thing a call does.

use std::cell::{Cell, OnceCell, RefCell};

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Table, Value};

use crate::bindings::ctx::extension::script;
use crate::bindings::wasi::random::random;
use crate::bindings::{Error, ErrorKind};
use crate::{api, failure, sandbox};

/// A booted interpreter. It lives as long as the instance.
pub(crate) struct Interpreter {
    pub(crate) lua: Lua,
    pub(crate) host: Table,
    run: Function,
    guard: Function,
    seed: Function,
    random: Function,
}

/// Bytes that a booted interpreter has free, so that most scripts can be
/// written down in the memory that it begins with.
const ROOM: usize = 512 << 10;

thread_local! {
    static BOOTED: Cell<Option<&'static Interpreter>> = const { Cell::new(None) };
    static LOADED: OnceCell<Result<(), Error>> = const { OnceCell::new() };
    /// Whether `math.random` has a seed of this instance's own.
    static SEEDED: Cell<bool> = const { Cell::new(false) };
    /// Whether the host only wants to know what the script is.
    static DESCRIBING: Cell<bool> = const { Cell::new(false) };
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Returns the interpreter, without a script.
pub(crate) fn booted() -> Result<&'static Interpreter, Error> {
    if let Some(found) = BOOTED.get() {
        return Ok(found);
    }
    let made = boot().map_err(|cause| failure::from_mlua(&cause))?;
    let made: &'static Interpreter = Box::leak(Box::new(made));
    BOOTED.set(Some(made));
    Ok(made)
}

/// Returns the interpreter with its script loaded.
pub(crate) fn loaded() -> Result<&'static Interpreter, Error> {
    let interpreter = booted()?;
    if !SEEDED.replace(true) {
        let seed = random::get_random_u64().cast_signed();
        interpreter.seed(seed).map_err(|cause| failure::from_mlua(&cause))?;
    }
    LOADED.with(|loaded| loaded.get_or_init(|| interpreter.load()).clone())?;
    Ok(interpreter)
}

/// Loads the script for all instances to come. What it drew of `math.random`
/// would be the same for each of them.
pub(crate) fn loaded_for_all() -> Result<(), Error> {
    let interpreter = booted()?;
    let cannot = |cause| failure::from_mlua(&cause);
    let drawn = || interpreter.random.call::<mlua::Integer>(0);
    interpreter.seed(0).map_err(cannot)?;
    let untouched = drawn().map_err(cannot)?;
    interpreter.seed(0).map_err(cannot)?;
    LOADED.with(|loaded| loaded.get_or_init(|| interpreter.load()).clone())?;
    if drawn().map_err(cannot)? != untouched {
        return Err(failure::error(ErrorKind::InvalidInput, "its top level uses `math.random`"));
    }
    interpreter.lua.gc_collect().map_err(cannot)
}

/// The same, to ask the script what it is. Its top level then runs with
/// nothing granted.
pub(crate) fn loaded_to_describe() -> Result<&'static Interpreter, Error> {
    DESCRIBING.set(true);
    loaded()
}

/// Whether the script is only asked what it is.
pub(crate) fn is_describing() -> bool {
    DESCRIBING.get()
}

/// Returns the script's name, as it stands in positions: `weather.lua`.
pub(crate) fn script_name() -> String {
    NAME.with_borrow(String::clone)
}

/// Returns the script's name without folder and suffix.
pub(crate) fn script_stem() -> String {
    let name = script_name();
    let file = name.rsplit('/').next().unwrap_or_default();
    file.strip_suffix(".lua").unwrap_or(file).to_owned()
}

impl Interpreter {
    /// Calls a function of the prelude, which calls the script's.
    pub(crate) fn run(
        &self,
        name: &str,
        arguments: impl IntoLuaMulti,
    ) -> Result<MultiValue, Error> {
        let mut values =
            arguments.into_lua_multi(&self.lua).map_err(|cause| failure::from_mlua(&cause))?;
        let name = self.lua.create_string(name).map_err(|cause| failure::from_mlua(&cause))?;
        values.push_front(Value::String(name));
        self.outcome(self.run.call(values))
    }

    /// Returns what came of a protected call: `true, …` or `false, caught`.
    pub(crate) fn outcome(&self, outcome: mlua::Result<MultiValue>) -> Result<MultiValue, Error> {
        let mut values = outcome.map_err(|cause| failure::from_mlua(&cause))?;
        match values.pop_front() {
            Some(Value::Boolean(true)) => Ok(values),
            _ => Err(failure::from_caught(&self.lua, &values.pop_front().unwrap_or_default())),
        }
    }

    fn load(&self) -> Result<(), Error> {
        let script = script::load();
        NAME.set(script.name.clone());
        let chunk = self
            .lua
            .load(runnable(&script.text))
            // Without the `@` of a file: positions read `[string "weather.lua"]:12:`,
            // as the scripts of Context Harness know them.
            .set_name(script.name.as_str())
            .set_mode(mlua::chunk::ChunkMode::Text)
            .into_function()
            .map_err(|cause| failure::from_mlua(&cause))?;
        let returned = self.outcome(self.guard.call(chunk))?.pop_front();
        self.run("adopt", returned.unwrap_or_default()).map(drop)
    }

    /// Seeds `math.random`, whose seed is frozen into every snapshot.
    fn seed(&self, seed: i64) -> mlua::Result<()> {
        self.seed.call((seed, seed.rotate_left(32)))
    }
}

/// Leaves out what an editor or a shell puts in front of Lua. The line stays,
/// so that positions hold.
fn runnable(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.strip_prefix("#!") {
        Some(rest) => rest.find('\n').map_or("", |end| &rest[end..]),
        None => text,
    }
}

fn boot() -> mlua::Result<Interpreter> {
    let lua = sandbox::create()?;
    let host = api::install(&lua)?;
    let run: Function = host.raw_get("run")?;
    let guard: Function = host.raw_get("guard")?;
    let math: Table = lua.globals().get("math")?;
    let (seed, random): (Function, Function) = (math.get("randomseed")?, math.get("random")?);
    // What the first call would allocate is in the snapshot after this.
    guard.call::<()>(&seed)?;
    lua.gc_collect()?;
    drop(vec![0_u8; ROOM]);
    Ok(Interpreter { lua, host, run, guard, seed, random })
}
