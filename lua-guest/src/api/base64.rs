//! `base64`: bytes and text, in both alphabets.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mlua::{Lua, Table};

use crate::failure::Fault;
use crate::lend::{Arguments, Lent, Module};

const PADDED: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new());
const URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("encode", |lua, arguments| encode(lua, arguments, &PADDED))?;
    module.lend("decode", |lua, arguments| decode(lua, arguments, &PADDED))?;
    module.lend("encode_url", |lua, arguments| encode(lua, arguments, &URL))?;
    module.lend("decode_url", |lua, arguments| decode(lua, arguments, &URL))
}

fn encode(lua: &Lua, arguments: &Arguments, engine: &GeneralPurpose) -> Lent<String> {
    Ok(engine.encode(&*arguments.bytes(lua, 1)?.as_bytes()))
}

fn decode(lua: &Lua, arguments: &Arguments, engine: &GeneralPurpose) -> Lent<mlua::LuaString> {
    match engine.decode(&*arguments.bytes(lua, 1)?.as_bytes()) {
        Ok(bytes) => Ok(lua.create_string(bytes)?),
        Err(wrong) => Err(Fault::new(wrong.to_string())),
    }
}
