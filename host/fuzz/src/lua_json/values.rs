//! Lua values out of bytes: of every type that JSON has and has not.

use std::cell::OnceCell;

use mlua::{Function, Lua, Table, Value};

use crate::bytes::Bytes;
use crate::convert;

/// An interpreter with the guest's JSON library.
pub(crate) struct Scripting {
    pub(crate) lua: Lua,
    /// The metatable that marks lists.
    pub(crate) mark: Table,
    decode: Function,
    with_nulls: Table,
}

thread_local! {
    static SCRIPTING: OnceCell<Scripting> = const { OnceCell::new() };
}

/// Runs with this thread's interpreter: a fresh one each time would be all
/// that is measured.
pub(crate) fn with_lua(run: impl FnOnce(&Scripting)) {
    SCRIPTING.with(|scripting| {
        let scripting = scripting.get_or_init(|| Scripting::new().expect("Lua starts"));
        run(scripting);
        scripting.lua.expire_registry_values();
    });
}

impl Scripting {
    #[expect(unsafe_code, reason = "the guest's library is made of C functions")]
    fn new() -> mlua::Result<Self> {
        let lua = Lua::new();
        let mark = convert::create_mark(&lua)?;
        let decode = unsafe { lua.create_c_function(convert::json_decode)? };
        let with_nulls = lua.create_table()?;
        with_nulls.raw_set("nulls", true)?;
        Ok(Self { lua, mark, decode, with_nulls })
    }

    /// Decodes as `json.decode(text, { nulls = true })` does.
    pub(crate) fn decode_kept(&self, text: &[u8]) -> mlua::Result<Value> {
        self.decode.call((self.lua.create_string(text)?, &self.with_nulls))
    }
}

/// Makes a value. Tables are filled in as the bytes say, also with themselves.
pub(crate) fn make(scripting: &Scripting, bytes: &[u8]) -> Value {
    fill(scripting, &mut Bytes::new(bytes)).expect("there is memory")
}

fn fill(scripting: &Scripting, choices: &mut Bytes<'_>) -> mlua::Result<Value> {
    let lua = &scripting.lua;
    let mut open = vec![lua.create_table()?];
    while !choices.is_empty() {
        let table = open.last().expect("the first is never closed").clone();
        let value = match choices.byte() % 13 {
            0 => Value::Nil,
            1 => Value::Boolean(choices.byte().is_multiple_of(2)),
            2 => Value::Integer(choices.number().cast_signed()),
            3 => Value::Number(f64::from_bits(choices.number())),
            4 | 5 => Value::String(lua.create_string(choices.string())?),
            6 => Value::NULL,
            7 => Value::Function(scripting.decode.clone()),
            8 => Value::Table(open[usize::from(choices.byte()) % open.len()].clone()),
            9 => Value::Integer(choices.byte().into()),
            10 => {
                table.set_metatable(Some(scripting.mark.clone()))?;
                continue;
            }
            11 => {
                if open.len() > 1 {
                    open.pop();
                }
                continue;
            }
            _ => {
                let below = lua.create_table()?;
                open.push(below.clone());
                Value::Table(below)
            }
        };
        let key = match choices.byte() % 6 {
            0 => Value::Boolean(true),
            1 => Value::Number(f64::from(choices.byte()) + 0.5),
            2 => Value::String(lua.create_string(choices.string())?),
            3 => Value::Integer(choices.byte().into()),
            _ => Value::Integer(i64::try_from(table.raw_len()).unwrap_or_default() + 1),
        };
        table.raw_set(key, value)?;
    }
    Ok(Value::Table(open.swap_remove(0)))
}
