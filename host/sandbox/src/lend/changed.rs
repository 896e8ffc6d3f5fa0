//! `changed`: a list is out of date. Always granted.

use crate::bindings::ctx::extension::changed::Host;
use crate::state::State;

impl State {
    fn list_changed(&mut self) -> wasmtime::Result<()> {
        self.meter.host_call()?;
        self.ports().log.changed(self.extension());
        Ok(())
    }
}

impl Host for State {
    fn tools(&mut self) -> wasmtime::Result<()> {
        self.list_changed()
    }

    fn agents(&mut self) -> wasmtime::Result<()> {
        self.list_changed()
    }
}
