//! `kv`: small durable values, in the default bucket or in named ones.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mlua::{Lua, Table, Value};

use crate::bindings::ErrorKind;
use crate::bindings::ctx::extension::kv::{self, Bucket};
use crate::convert;
use crate::failure::Fault;
use crate::lend::{Lent, Module};

thread_local! {
    /// Opened once in the life of an instance.
    static BUCKETS: RefCell<BTreeMap<String, Bucket>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    bucket(module, "default")?;
    module.lend("bucket", |lua, arguments| {
        let module = Module::new(lua, "kv")?;
        bucket(&module, &arguments.text(lua, 1)?)?;
        Ok(module.table)
    })
}

/// Lends the functions of one bucket.
fn bucket(module: &Module<'_>, name: &str) -> mlua::Result<()> {
    let owned = || name.to_owned();
    let name = owned();
    module.lend("get", move |lua, arguments| match get(&name, &arguments.text(lua, 1)?)? {
        Some(value) => Ok(Some(lua.create_string(value)?)),
        None => Ok(None),
    })?;
    let name = owned();
    module.lend("get_json", move |lua, arguments| {
        match get(&name, &arguments.text(lua, 1)?)?.map(String::from_utf8) {
            Some(Ok(json)) => Ok(convert::decode(lua, &json)?),
            Some(Err(_)) => Err(Fault::new("the value is not UTF-8")),
            None => Ok(Value::Nil),
        }
    })?;
    let name = owned();
    module.lend("set", move |lua, arguments| {
        set(&name, &arguments.text(lua, 1)?, &arguments.bytes(lua, 2)?.as_bytes())
    })?;
    let name = owned();
    module.lend("set_json", move |lua, arguments| {
        let json = convert::encode(lua, arguments.value(2))?;
        set(&name, &arguments.text(lua, 1)?, json.as_bytes())
    })?;
    let name = owned();
    module.lend("delete", move |lua, arguments| {
        let key = arguments.text(lua, 1)?;
        within(&name, |bucket| bucket.delete(&key))
    })?;
    let name = owned();
    module.lend("list", move |lua, arguments| {
        let prefix = arguments.optional_text(lua, 1)?.unwrap_or_default();
        let (mut keys, mut cursor) = (Vec::new(), None);
        loop {
            let page = within(&name, |bucket| bucket.list_keys(&prefix, cursor.as_deref()))?;
            keys.extend(page.keys);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    })
}

fn get(name: &str, key: &str) -> Lent<Option<Vec<u8>>> {
    within(name, |bucket| bucket.get(key))
}

fn set(name: &str, key: &str, value: &[u8]) -> Lent<()> {
    within(name, |bucket| bucket.set(key, value))
}

fn within<T>(name: &str, act: impl Fn(&Bucket) -> Result<T, kv::Error>) -> Lent<T> {
    BUCKETS
        .with_borrow_mut(|buckets| {
            if let Some(bucket) = buckets.get(name) {
                return act(bucket);
            }
            let bucket = kv::open(name)?;
            let done = act(&bucket);
            buckets.insert(name.to_owned(), bucket);
            done
        })
        .map_err(|error| match error {
            kv::Error::Denied => Fault::of(ErrorKind::Denied, "`kv` is not granted"),
            kv::Error::QuotaExceeded => Fault::new("this extension's share of the disk is full"),
            kv::Error::Other(why) => Fault::of(ErrorKind::Unavailable, why),
        })
}
