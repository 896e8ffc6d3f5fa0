//! `sleep` and `os.clock`. The rest of `os` is Lua's own.

use mlua::{Lua, Table};

use crate::bindings::wasi::clocks::monotonic_clock;
use crate::failure::Fault;
use crate::lend::Module;

pub(super) fn install(lua: &Lua, host: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("sleep", |lua, arguments| {
        let seconds = arguments.number(lua, 1)?;
        let Some(nanoseconds) = nanoseconds(seconds) else {
            return Err(Fault::new(format!("{seconds} is not a number of seconds to sleep")));
        };
        monotonic_clock::subscribe_duration(nanoseconds).block();
        Ok(())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "microseconds of centuries fit")]
    host.raw_set("clock", lua.create_function(|_, ()| Ok(monotonic_clock::now() as f64 / 1e9))?)
}

/// Returns a length of time, if there is such a one.
pub(super) fn nanoseconds(seconds: f64) -> Option<u64> {
    // A century; the host's deadline comes first anyway.
    const MOST: f64 = 3_155_760_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    (0.0..=MOST).contains(&seconds).then_some((seconds * 1e9) as u64)
}
