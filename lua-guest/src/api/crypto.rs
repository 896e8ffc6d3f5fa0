//! `crypto`: digests in lower-case hexadecimal, and random bytes.

use mlua::{Lua, Table};
use sha2::{Digest as _, Sha256};

use crate::bindings::wasi::random::random;
use crate::failure::Fault;
use crate::lend::Module;

/// The most random bytes of one call.
const MOST: i64 = 64 * 1024;

/// SHA-256 hashes blocks of this size.
const BLOCK: usize = 64;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("sha256", |lua, arguments| {
        Ok(hexadecimal(&Sha256::digest(&*arguments.bytes(lua, 1)?.as_bytes())))
    })?;
    module.lend("hmac_sha256", |lua, arguments| {
        let (key, data) = (arguments.bytes(lua, 1)?, arguments.bytes(lua, 2)?);
        Ok(hexadecimal(&hmac(&key.as_bytes(), &data.as_bytes())))
    })?;
    module.lend("random", |lua, arguments| match arguments.integer(lua, 1)? {
        count @ 0..=MOST => Ok(lua.create_string(random::get_random_bytes(count.unsigned_abs()))?),
        count => Err(Fault::new(format!("{count} is not a number of bytes from 0 to {MOST}"))),
    })?;
    module.lend("uuid", |_, _| Ok(uuid(&random::get_random_bytes(16))))
}

/// RFC 2104 over SHA-256.
fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(data);
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// A version 4 UUID of 16 random bytes.
fn uuid(random: &[u8]) -> String {
    let mut bytes = [0; 16];
    for (byte, random) in bytes.iter_mut().zip(random) {
        *byte = *random;
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hexadecimal(&bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let digest = hexadecimal(&hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let digest = hexadecimal(&hmac(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        ));
        assert_eq!(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        assert_eq!(uuid(&[0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
